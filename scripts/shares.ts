/** Lines that say how long each part took, and its share of the whole. */
export function shares(parts: readonly { name: string; ms: number }[]): string {
  const totalMs = parts.reduce((sum, { ms }) => sum + ms, 0);
  const width = Math.max(...parts.map(({ name }) => name.length));
  return parts
    .map(({ name, ms }) => {
      const seconds = (ms / 1000).toFixed(1).padStart(7);
      const percent = ((100 * ms) / totalMs).toFixed(0).padStart(3);
      return `  ${name.padEnd(width)} ${seconds} s ${percent} %`;
    })
    .join("\n");
}
