/** A stream of a drawn person, so that a tile has a picture that moves. */
export function drawnPerson(
  seed: number,
  { width, height } = { width: 640, height: 360 },
): MediaStream {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  if (pen === null) throw new TypeError("canvas: expected a 2d context");
  const hue = (seed * 67) % 360;
  const draw = (timeMs: number): void => {
    const sway = Math.sin(timeMs / 900 + seed) * width * 0.012;
    const light = pen.createLinearGradient(0, 0, width, height);
    light.addColorStop(0, `hsl(${hue} 28% 62%)`);
    light.addColorStop(1, `hsl(${(hue + 40) % 360} 34% 34%)`);
    pen.fillStyle = light;
    pen.fillRect(0, 0, width, height);
    const unit = Math.min(width, height);
    const middle = width / 2 + sway;
    pen.fillStyle = `hsl(${(hue + 190) % 360} 30% 30%)`;
    pen.beginPath();
    pen.ellipse(middle, height * 1.08, unit * 0.48, unit * 0.42, 0, 0, 2 * Math.PI);
    pen.fill();
    pen.fillStyle = `hsl(${24 + ((seed * 7) % 12)} ${38 + (seed % 4) * 6}% ${42 + ((seed * 13) % 34)}%)`;
    pen.beginPath();
    pen.ellipse(middle, height * 0.44, unit * 0.17, unit * 0.22, 0, 0, 2 * Math.PI);
    pen.fill();
    pen.fillStyle = `hsl(${20 + seed * 5} 30% ${12 + ((seed * 9) % 24)}%)`;
    pen.beginPath();
    pen.ellipse(middle, height * 0.35, unit * 0.185, unit * 0.16, 0, Math.PI, 2 * Math.PI);
    pen.fill();
    requestAnimationFrame(draw);
  };
  draw(0);
  return canvas.captureStream(12);
}
