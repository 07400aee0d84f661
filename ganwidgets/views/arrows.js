// Arrows on a canvas. `array`: four numbers each, a point and the way from there; `place(x, y)`: where that is on the canvas;
// `unit`: how many canvas pixels are one pixel on a small page.

function gwArrows(context, array, place, colour, unit) {
  context.strokeStyle = colour;
  context.lineWidth = 1.3 * unit;
  for (let i = 0; i < array.length; i += 4) {
    const [x, y] = place(array[i], array[i + 1]);
    const [toX, toY] = place(array[i] + array[i + 2], array[i + 1] + array[i + 3]);
    const length = Math.hypot(toX - x, toY - y);
    if (length < 1.5 * unit) continue;
    const [ux, uy] = [(toX - x) / length, (toY - y) / length], head = Math.min(5 * unit, length);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(toX, toY);
    context.moveTo(toX - head * (ux + 0.6 * uy), toY - head * (uy - 0.6 * ux));
    context.lineTo(toX, toY);
    context.lineTo(toX - head * (ux - 0.6 * uy), toY - head * (uy + 0.6 * ux));
    context.stroke();
  }
}
