import type { ComponentChildren, JSX } from "preact";
import { Brand } from "./brand.tsx";

/** A page that says one thing and offers what to do. */
export function MessagePage({
  product,
  title,
  text,
  code,
  alarming,
  children,
}: {
  product: string;
  title: string;
  text: string;
  /** For whoever is asked for help. */
  code?: string;
  alarming: boolean;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <main class="message">
      <Brand name={product} />
      <div role={alarming ? "alert" : undefined}>
        <h1 tabIndex={-1}>{title}</h1>
        <p>{text}</p>
      </div>
      <div class="actions">{children}</div>
      {code === undefined ? null : <p class="code">{code}</p>}
    </main>
  );
}
