// @ts-check
/** The stage: chooses who or what stands before the simulated camera. Demos and tests only. */

const PRESENTATIONS = [
  ['person', 'Themselves'],
  ['print', 'A printed photo of them'],
  ['bent-print', 'A bent print'],
  ['tablet', 'A video on a tablet'],
];
const LIGHTS = [
  ['normal', 'Shop light'],
  ['dim', 'Dim'],
  ['bright', 'Bright'],
];

const PHOTO_LIMIT_BYTES = 8 * 1024 * 1024;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

/** @type {any} */
let stage = null;
let sending = Promise.resolve();
let changes = 0;

async function load() {
  const response = await fetch('/stage/api').catch(() => null);
  if (!response?.ok) return showMessage('The terminal does not answer. Is it still running?');
  stage = await response.json();
  draw();
}

/** @param {Record<string, unknown>} change */
function change(change) {
  stage.setting = { ...stage.setting, ...change };
  draw();
  // One request after the other: a quick slider must not overtake itself.
  // The latest setting is what counts; those a slider passed on its way are never sent.
  changes += 1;
  const mine = changes;
  sending = sending.then(async () => {
    if (mine !== changes) return;
    document.body.classList.add('busy');
    const response = await fetch('/stage/api', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(stage.setting),
    }).catch(() => null);
    document.body.classList.remove('busy');
    if (response?.ok) return hideMessage();
    const answer = await response?.json().catch(() => null);
    showMessage(answer?.error?.message ?? 'The terminal does not answer. Is it still running?');
  });
}

function draw() {
  const { setting, people } = stage;
  const tile = (/** @type {any} */ person, /** @type {string} */ label, /** @type {boolean} */ pressed) =>
    choice(label, pressed, () => change({ subject: person.subject }), person);
  const isOn = (/** @type {any} */ person) => same(person.subject, setting.subject);
  const cast = people.filter((/** @type {any} */ person) => person.group === null);
  element('subjects').replaceChildren(
    ...cast.map((/** @type {any} */ person) => tile(person, person.label, isOn(person))),
  );
  // One tile for a person, however many photos there are; the others show once the person is on the stage.
  const albums = Map.groupBy(
    people.filter((/** @type {any} */ person) => person.group !== null),
    (/** @type {any} */ person) => person.group,
  );
  element('albums').replaceChildren(
    ...[...albums].map(([label, photos]) => tile(photos.find(isOn) ?? photos[0], label, photos.some(isOn))),
  );
  const open = [...albums.values()].find((photos) => photos.some(isOn)) ?? [];
  element('looks-title').hidden = open.length < 2;
  element('looks').replaceChildren(...(open.length < 2 ? [] : open).map((person) => tile(person, '', isOn(person))));
  element('presentations').replaceChildren(
    ...PRESENTATIONS.map(([value, label]) =>
      choice(label, setting.presentation === value, () => change({ presentation: value }), null, value),
    ),
  );
  drawInstruments();
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

/** What is tried less often, in one list. */
function drawInstruments() {
  const { setting, instruments } = stage;
  const buttons = new Set(PRESENTATIONS.map(([value]) => value));
  const list = /** @type {HTMLSelectElement} */ (element('instrument'));
  const others = instruments.filter((/** @type {any} */ one) => !buttons.has(one.kind));
  const options = [{ kind: '', name: 'Something else…' }, ...others];
  list.replaceChildren(...options.map(({ kind, name }) => new Option(name, kind)));
  list.value = buttons.has(setting.presentation) ? '' : setting.presentation;
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
  if (person) button.className = 'tile';
  if (person && label === '') button.setAttribute('aria-label', person.id);
  button.setAttribute('aria-pressed', String(pressed));
  button.dataset.testid = person ? `subject-${person.id}` : `choice-${value}`;
  if (person && !person.thumbnail)
    button.append(Object.assign(document.createElement('span'), { className: 'nobody' }));
  if (person?.thumbnail) {
    const image = document.createElement('img');
    image.src = person.thumbnail;
    image.alt = '';
    image.loading = 'lazy';
    button.append(image);
  }
  if (label) button.append(Object.assign(document.createElement('span'), { textContent: label }));
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

const instrumentList = /** @type {HTMLSelectElement} */ (element('instrument'));
instrumentList.addEventListener('change', () => change({ presentation: instrumentList.value || 'person' }));
input('smiling').addEventListener('change', () => change({ smiling: input('smiling').checked }));
input('bystander').addEventListener('change', () => change({ bystander: input('bystander').checked }));
input('distance').addEventListener('input', () => change({ distanceMm: Number(input('distance').value) }));
input('offset').addEventListener('input', () => change({ offCentreMm: Number(input('offset').value) }));
input('photo').addEventListener('change', async () => {
  const file = input('photo').files?.[0];
  if (!file) return;
  // The same photo chosen again is news, too.
  const forget = () => {
    input('photo').value = '';
  };
  if (file.size > PHOTO_LIMIT_BYTES) {
    forget();
    return showMessage('This photo is larger than 8 MB. A smaller copy will do.');
  }
  element('photo-label').textContent = 'Looking for the face…';
  const response = await fetch('/stage/photos', {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: file,
  }).catch(() => null);
  forget();
  element('photo-label').textContent = 'Bring your own photo';
  if (!response) return showMessage('The terminal does not answer. Is it still running?');
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
      element('status').textContent = `Live · ${((frames * 1000) / (now - since)).toFixed(1)} pictures a second`;
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
