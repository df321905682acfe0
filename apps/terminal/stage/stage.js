// @ts-check
/** The stage: chooses who or what stands before the simulated camera. Demos and tests only. */

const PRESENTATIONS = [
  ['person', 'Themselves'],
  ['print', 'A printed photo of them'],
  ['bent_print', 'A bent print'],
  ['tablet', 'A video on a tablet'],
];
const LIGHTS = [
  ['normal', 'Shop light'],
  ['dim', 'Dim'],
  ['bright', 'Bright'],
];

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

/** @type {any} */
let stage = null;
let sending = Promise.resolve();

async function load() {
  const response = await fetch('/stage/api');
  if (!response.ok) return showMessage('The terminal does not answer. Is it still running?');
  stage = await response.json();
  draw();
}

/** @param {Record<string, unknown>} change */
function change(change) {
  stage.setting = { ...stage.setting, ...change };
  draw();
  // One request after the other: a quick slider must not overtake itself.
  sending = sending.then(async () => {
    const response = await fetch('/stage/api', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(stage.setting),
    });
    if (response.ok) hideMessage();
    else showMessage((await response.json()).error?.message ?? 'The stage could not be set.');
  });
}

function draw() {
  const { setting, people } = stage;
  element('subjects').replaceChildren(
    ...people.map((/** @type {any} */ person) =>
      choice(person.label, same(person.subject, setting.subject), () => change({ subject: person.subject }), person),
    ),
  );
  element('presentations').replaceChildren(
    ...PRESENTATIONS.map(([value, label]) =>
      choice(label, setting.presentation === value, () => change({ presentation: value }), null, value),
    ),
  );
  element('lights').replaceChildren(
    ...LIGHTS.map(([value, label]) =>
      choice(label, setting.light === value, () => change({ light: value }), null, value),
    ),
  );
  input('smiling').checked = setting.smiling;
  input('bystander').checked = setting.bystander;
  input('distance').value = setting.distanceMm;
  element('distance-out').textContent = `${setting.distanceMm / 10} cm`;
  input('offset').value = setting.offCentreMm;
  element('offset-out').textContent = `${setting.offCentreMm / 10} cm`;
}

/**
 * @param {string} label
 * @param {boolean} pressed
 * @param {() => void} onClick
 * @param {any} person
 * @param {string} [value]
 */
function choice(label, pressed, onClick, person, value) {
  const button = document.createElement('button');
  button.type = 'button';
  button.setAttribute('aria-pressed', String(pressed));
  button.dataset.testid = person ? `subject-${person.id}` : `choice-${value}`;
  if (person?.thumbnail) {
    const image = document.createElement('img');
    image.src = person.thumbnail;
    image.alt = '';
    image.loading = 'lazy';
    button.append(image);
  }
  button.append(label);
  button.addEventListener('click', onClick);
  return button;
}

/** @param {any} a @param {any} b */
const same = (a, b) => a.kind === b.kind && a.seed === b.seed && a.photoId === b.photoId;

/** @param {string} text */
function showMessage(text) {
  element('message').textContent = text;
  element('message').hidden = false;
}
function hideMessage() {
  element('message').hidden = true;
}

input('smiling').addEventListener('change', () => change({ smiling: input('smiling').checked }));
input('bystander').addEventListener('change', () => change({ bystander: input('bystander').checked }));
input('distance').addEventListener('input', () => change({ distanceMm: Number(input('distance').value) }));
input('offset').addEventListener('input', () => change({ offCentreMm: Number(input('offset').value) }));
input('photo').addEventListener('change', async () => {
  const file = input('photo').files?.[0];
  if (!file) return;
  const response = await fetch('/stage/photos', {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: file,
  });
  const answer = await response.json();
  if (!response.ok) return showMessage(answer.error?.message ?? 'This photo cannot be used.');
  stage.people = answer.people;
  change({ subject: { kind: 'photo', photoId: answer.photoId } });
});

function watch() {
  const socket = new WebSocket(`ws://${location.host}/stage/preview`);
  socket.binaryType = 'arraybuffer';
  const canvas = /** @type {HTMLCanvasElement} */ (element('preview'));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  let frames = 0;
  let since = performance.now();
  socket.addEventListener('message', async (event) => {
    const picture = await createImageBitmap(new Blob([event.data], { type: 'image/jpeg' }));
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    frames += 1;
    const now = performance.now();
    if (now - since > 1000) {
      element('status').textContent = `${((frames * 1000) / (now - since)).toFixed(1)} pictures a second`;
      frames = 0;
      since = now;
    }
  });
  socket.addEventListener('close', () => {
    element('status').textContent = 'The camera is away, trying again…';
    setTimeout(watch, 1500);
  });
}

await load();
watch();
