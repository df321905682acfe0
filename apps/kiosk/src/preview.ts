/** A place in the picture, 0..1 of its width and height, as the server says where the guest's face is. */
export type FacePlace = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** In pixels of the picture. */
export type Ellipse = { readonly x: number; readonly y: number; readonly radiusX: number; readonly radiusY: number };

/** The detector's box is as wide as the head and ends at brows and chin: hair and neck belong to the guest, too. */
const ROOM_BESIDE = 0.62;
const ROOM_ABOVE_AND_BELOW = 0.85;
/** How far the ellipse fades out, as a share of its size: a hard edge looks like a cut-out. */
const FADE = 0.16;
/** The picture that others are shown from: too small for a face in the background to be anybody's. */
const COARSE_WIDTH_PX = 28;

/** What is shown sharply: the guest's head. Everybody else stays a blur. */
export function sharpArea(face: FacePlace, picture: { readonly width: number; readonly height: number }): Ellipse {
  return {
    x: (face.x + face.width / 2) * picture.width,
    y: (face.y + face.height / 2) * picture.height,
    radiusX: face.width * ROOM_BESIDE * picture.width,
    radiusY: face.height * ROOM_ABOVE_AND_BELOW * picture.height,
  };
}

type Layers = { readonly coarse: HTMLCanvasElement; readonly sharp: HTMLCanvasElement };

/**
 * Draws previews on a canvas: mirrored, since people know themselves from mirrors, and with everybody but the guest
 * blurred. Until a face has been found the whole picture is: whoever passes by is nobody's business. What is judged
 * are the raw frames, not this picture.
 */
export function createPreview(makeCanvas: () => HTMLCanvasElement = () => document.createElement('canvas')): Preview {
  const layers: Layers = { coarse: makeCanvas(), sharp: makeCanvas() };
  return previewBy((canvas, picture, face) => paint(canvas, picture, face, layers));
}

/** Draws previews mirrored and whole: for an operator, who has to see what is being held. */
export function createPlainPreview(): Preview {
  return previewBy((canvas, picture) => {
    const { width, height } = picture;
    setSize(canvas, width, height);
    const context = canvas.getContext('2d');
    if (!context) return false;
    context.setTransform(-1, 0, 0, 1, width, 0);
    context.drawImage(picture, 0, 0);
    return true;
  });
}

export type Preview = {
  /** False when there is nothing to draw on, or the picture is broken: the next one is on its way. */
  draw(canvas: HTMLCanvasElement | null, jpeg: Blob, face: FacePlace | null): Promise<boolean>;
};

function previewBy(
  paintOn: (canvas: HTMLCanvasElement, picture: ImageBitmap, face: FacePlace | null) => boolean,
): Preview {
  return {
    async draw(canvas, jpeg, face) {
      if (!canvas) return false;
      let picture: ImageBitmap;
      try {
        picture = await createImageBitmap(jpeg);
      } catch {
        return false;
      }
      const drawn = paintOn(canvas, picture, face);
      picture.close();
      return drawn;
    },
  };
}

function paint(canvas: HTMLCanvasElement, picture: ImageBitmap, face: FacePlace | null, layers: Layers): boolean {
  const { width, height } = picture;
  setSize(canvas, width, height);
  const context = canvas.getContext('2d');
  if (!context) return false;
  context.setTransform(-1, 0, 0, 1, width, 0);
  blurInto(context, picture, layers.coarse);
  if (face) {
    setSize(layers.sharp, width, height);
    const head = layers.sharp.getContext('2d');
    if (!head) return false;
    cutOut(head, picture, sharpArea(face, picture));
    context.drawImage(layers.sharp, 0, 0);
  }
  return true;
}

/** Shrunk to a few pixels and stretched again: what was taken out cannot be put back by looking closely. */
function blurInto(context: CanvasRenderingContext2D, picture: ImageBitmap, coarse: HTMLCanvasElement): void {
  const { width, height } = picture;
  const coarseHeight = Math.max(1, Math.round((COARSE_WIDTH_PX * height) / width));
  setSize(coarse, COARSE_WIDTH_PX, coarseHeight);
  const small = coarse.getContext('2d');
  if (!small) return;
  small.imageSmoothingQuality = 'high';
  small.drawImage(picture, 0, 0, COARSE_WIDTH_PX, coarseHeight);
  context.imageSmoothingQuality = 'high';
  context.drawImage(coarse, 0, 0, width, height);
}

/** The picture within the ellipse, fading out towards its edge; nothing around it. */
function cutOut(context: CanvasRenderingContext2D, picture: ImageBitmap, area: Ellipse): void {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalCompositeOperation = 'copy';
  context.drawImage(picture, 0, 0);
  context.globalCompositeOperation = 'destination-in';
  // A circle, squeezed into the ellipse.
  context.setTransform(area.radiusX, 0, 0, area.radiusY, area.x, area.y);
  const fade = context.createRadialGradient(0, 0, 1 - FADE, 0, 0, 1);
  fade.addColorStop(0, 'rgba(0, 0, 0, 1)');
  fade.addColorStop(1, 'rgba(0, 0, 0, 0)');
  context.fillStyle = fade;
  const [left, top] = [-area.x / area.radiusX, -area.y / area.radiusY];
  context.fillRect(left, top, context.canvas.width / area.radiusX, context.canvas.height / area.radiusY);
}

function setSize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
