import { describe, expect, it } from "vitest";
import {
  assetHeadersFile,
  dataHeaders,
  pageHeaders,
} from "../../../workers/http/security-headers.ts";

const directives = new Map(
  (pageHeaders().get("Content-Security-Policy") ?? "").split("; ").map((directive) => {
    const [name = "", ...values] = directive.split(" ");
    return [name, values] as const;
  }),
);

const features = new Map(
  (pageHeaders().get("Permissions-Policy") ?? "").split(", ").map((feature) => {
    const [name = "", allowed = ""] = feature.split("=");
    return [name, allowed] as const;
  }),
);

describe("security headers", () => {
  it("nothing is allowed that isn't named, and nothing named reaches another origin", () => {
    expect(directives.get("default-src")).toEqual(["'none'"]);
    for (const [name, values] of directives) {
      if (!name.endsWith("-src")) continue;
      for (const value of values) expect(["'none'", "'self'"]).toContain(value);
    }
  });

  it("no script runs but files of this origin: nothing inline, nothing evaluated, no WebAssembly", () => {
    expect(directives.get("script-src")).toEqual(["'self'"]);
    expect(pageHeaders().get("Content-Security-Policy")).not.toMatch(/unsafe|nonce|sha\d/);
  });

  it("a page's import map is let through by its hash, and nothing else changes for it", () => {
    const hash = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";
    const plain = pageHeaders();
    const withMap = pageHeaders([hash]);
    expect(withMap.get("Content-Security-Policy")).toBe(
      plain
        .get("Content-Security-Policy")
        ?.replace("script-src 'self';", `script-src 'self' ${hash};`),
    );
    expect([...withMap].slice(1)).toEqual([...plain].slice(1));
    expect(assetHeadersFile([hash])).toContain(`script-src 'self' ${hash};`);
  });

  it("text becomes a script's address through one policy alone", () => {
    expect(directives.get("require-trusted-types-for")).toEqual(["'script'"]);
    expect(directives.get("trusted-types")).toEqual(["sotto-worker"]);
  });

  it("the page is in nobody's frame, sends no form and has no other base", () => {
    for (const name of ["frame-ancestors", "form-action", "base-uri"]) {
      expect(directives.get(name)).toEqual(["'none'"]);
    }
  });

  it("camera, microphone and screen are for this origin, and what a call needs not is for none", () => {
    for (const name of ["camera", "microphone", "display-capture", "clipboard-write"]) {
      expect(features.get(name)).toBe("(self)");
    }
    for (const name of ["geolocation", "usb", "payment", "clipboard-read"]) {
      expect(features.get(name)).toBe("()");
    }
    for (const allowed of features.values()) expect(["(self)", "()"]).toContain(allowed);
  });

  it("the path of a room goes into no Referer, and the page shares its process with nobody", () => {
    expect(Object.fromEntries(pageHeaders())).toMatchObject({
      "Referrer-Policy": "no-referrer",
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
      "Cross-Origin-Resource-Policy": "same-origin",
      "X-Content-Type-Options": "nosniff",
    });
  });

  it("what is no page may load, run and reach nothing, be framed by nobody, and carries the rest alike", () => {
    const { "Content-Security-Policy": policy, ...rest } = Object.fromEntries(dataHeaders());
    expect(policy).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(Object.fromEntries(pageHeaders())).toMatchObject(rest);
    expect(pageHeaders().size).toBe(dataHeaders().size + 2);
  });

  it("the assets' file carries each of a page's for every path, within the platform's 2,000 characters a line", () => {
    const lines = assetHeadersFile().split("\n");
    expect(lines[0]).toBe("/*");
    const forAll = lines.slice(1, lines.indexOf("/favicon.svg"));
    for (const [name, value] of pageHeaders()) expect(forAll).toContain(`  ${name}: ${value}`);
    for (const line of lines) expect(line.length).toBeLessThan(2_000);
  });

  it("pages are asked for anew, hashed files never, and these are no pages", () => {
    const [forAll = "", forAssets = ""] = assetHeadersFile().split("/assets/*\n");
    expect(forAll).toContain("  Cache-Control: no-cache\n");
    expect(forAssets.split("\n")).toEqual([
      "  ! Content-Security-Policy",
      "  ! Permissions-Policy",
      "  ! Cross-Origin-Opener-Policy",
      `  Content-Security-Policy: ${dataHeaders().get("Content-Security-Policy")}`,
      "  ! Cache-Control",
      "  Cache-Control: public, max-age=31536000, immutable",
      "",
    ]);
  });
});
