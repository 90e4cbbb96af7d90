// Strokes and marks on a canvas.

/** Width and dashes of a family's line. */
const STYLES = { publish: [2, []], ack: [1.25, []], sub: [1.5, [5, 2]], conn: [1.5, []], ping: [1.25, [1, 3]], fault: [1.5, []] };

export class Pen {
  constructor(c, ground) {
    this.c = c;
    this.ground = ground;
    c.lineCap = 'butt';
  }

  alpha(value) {
    this.c.globalAlpha = value;
    return this;
  }

  line(x1, y1, x2, y2, colour, width = 1, dash = []) {
    const { c } = this;
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.setLineDash(dash);
    c.beginPath();
    c.moveTo(x1, y1);
    c.lineTo(x2, y2);
    c.stroke();
    if (dash.length) c.setLineDash([]);
  }

  cross(x, y, colour, r = 3.5) {
    this.line(x - r, y - r, x + r, y + r, colour, 1.75);
    this.line(x - r, y + r, x + r, y - r, colour, 1.75);
  }

  dot(x, y, r, fill, stroke) {
    const { c } = this;
    c.beginPath();
    c.arc(x, y, r, 0, 7);
    c.fillStyle = fill;
    c.fill();
    if (!stroke) return;
    c.strokeStyle = stroke;
    c.lineWidth = 1.5;
    c.stroke();
  }

  square(x, y, r, fill) {
    this.c.fillStyle = fill;
    this.c.fillRect(x - r, y - r, 2 * r, 2 * r);
  }

  diamond(x, y, r, fill) {
    const { c } = this;
    c.fillStyle = fill;
    c.beginPath();
    c.moveTo(x, y - r);
    c.lineTo(x + r, y);
    c.lineTo(x, y + r);
    c.lineTo(x - r, y);
    c.fill();
  }

  clock(x, y, ground, colour) {
    this.dot(x, y, 5, ground, colour);
    this.line(x, y, x, y - 3, colour, 1.25);
    this.line(x, y, x + 2.5, y, colour, 1.25);
  }

  /** Open heads for acknowledgements, filled ones for all else; without a head it ends on the way. */
  arrow(from, to, y, colour, family, hasHead = true) {
    const { c } = this;
    const way = Math.sign(to - from);
    const tip = to - way * 2;
    const [width, dash] = STYLES[family] ?? STYLES.conn;
    // What it crosses is set off.
    this.line(from, y, to, y, this.ground, 5);
    this.line(from, y, hasHead ? tip - way * 4 : to, y, colour, width, dash);
    if (!hasHead) return;
    c.beginPath();
    c.moveTo(tip, y);
    c.lineTo(tip - way * 6.5, y - 3.6);
    if (family === 'ack') {
      c.moveTo(tip, y);
      c.lineTo(tip - way * 6.5, y + 3.6);
      c.moveTo(tip, y);
      c.lineTo(tip - way * 6, y);
      c.strokeStyle = colour;
      c.lineWidth = 1.4;
      c.stroke();
    } else {
      c.lineTo(tip - way * 6.5, y + 3.6);
      c.closePath();
      c.fillStyle = colour;
      c.fill();
    }
  }
}
