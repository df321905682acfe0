import type { LabGroup, LabReport, Language } from '@smile/contract';

export type Words = Readonly<Record<Language, string>>;

/** What the judge's reasons mean, for operators; a code that is not here is shown as it is. */
export const REASON_WORDS: Readonly<Record<string, Words>> = {
  shape_like_face: { en: 'shape, light and surroundings of a face', zh: '形状、光线和周围都像真脸' },
  shape_like_paper: { en: 'more like a picture than a face', zh: '更像图片而不是脸' },
  surface_flat: { en: 'flat or only bent', zh: '平的，或只是弯曲的' },
  nose_flat: { en: 'the nose does not stand out', zh: '鼻子没有凸起' },
  nose_elsewhere: { en: 'the nose is elsewhere in depth', zh: '深度中的鼻子位置不符' },
  face_size_implausible: { en: 'eyes too near or too far apart', zh: '两眼间距不合常理' },
  edge_straight: { en: 'ends along a straight edge', zh: '边缘是直线' },
  eyes_closed: { en: 'the eyes are closed', zh: '眼睛闭着' },
  light_other_code: { en: 'answered in other colours', zh: '反射的颜色不对' },
  light_against_shape: { en: 'light does not fall as the shape demands', zh: '光照与形状不符' },
  light_unreadable: { en: 'the screen’s light could not be read', zh: '读不到屏幕的光' },
  light_running: { en: 'too few of the screen’s colours seen', zh: '看到的屏幕颜色太少' },
  evidence_weak: { en: 'not enough to decide', zh: '证据不足' },
  frames_disagree: { en: 'some pictures show a face, others do not', zh: '有些画面像脸，有些不像' },
  depth_incomplete: { en: 'too little depth', zh: '深度数据太少' },
  cue_missing: { en: 'something could not be measured', zh: '有的特征测不到' },
  too_few_frames: { en: 'too few usable pictures', zh: '可用画面太少' },
  too_early: { en: 'not seen for long enough', zh: '观察时间太短' },
  too_close: { en: 'too close', zh: '太近' },
  too_far: { en: 'too far', zh: '太远' },
  no_face: { en: 'no face was found', zh: '没有找到脸' },
  face_changed: { en: 'the face changed', zh: '脸变了' },
  look_here: { en: 'did not look at the camera', zh: '没有看镜头' },
  come_closer: { en: 'too far away', zh: '离得太远' },
  move_back: { en: 'too close', zh: '离得太近' },
  one_person_please: { en: 'more than one person', zh: '不止一个人' },
  centre_your_face: { en: 'not in the middle', zh: '不在画面中间' },
  hold_still: { en: 'moved too much', zh: '晃动太大' },
  more_light: { en: 'too little light', zh: '光线太暗' },
};

export const GROUP_WORDS: Readonly<Record<LabGroup, Words>> = {
  paper: { en: 'Paper', zh: '纸张' },
  paper_mask: { en: 'Paper masks', zh: '纸面具' },
  screen: { en: 'Screens', zh: '屏幕' },
  projection: { en: 'Projections', zh: '投影' },
  solid: { en: 'Solid copies', zh: '立体仿制品' },
  person: { en: 'On a person', zh: '真人' },
};

export const WARNING_WORDS: Readonly<Record<LabReport['warnings'][number], Words>> = {
  simulated: {
    en: 'Simulated. The camera was a simulator or a recording: these figures are evidence about the simulator, none about real people or real attacks.',
    zh: '模拟数据。摄像头是模拟器或录像：这些数字只说明模拟器，不能证明对真人或真实攻击的效果。',
  },
  light_off: {
    en: 'The light challenge was off: depth decided alone.',
    zh: '光照挑战未开启：仅凭深度判断。',
  },
  few_attempts: {
    en: 'Some species were tried fewer than 30 times. See the upper bounds: they say how little that proves.',
    zh: '有些种类的尝试少于 30 次。请看上限：它说明这些数据能证明的有多少。',
  },
  one_instrument: {
    en: 'Some species were tried with one instrument only. Bounds hold for that piece, not for others made elsewhere.',
    zh: '有些种类只用了一件道具。上下限只适用于这一件，不适用于别处制作的。',
  },
  one_subject: {
    en: 'Only one genuine person was tried. Bounds hold for that person.',
    zh: '只测试了一位真人。上下限只适用于此人。',
  },
  no_genuine: {
    en: 'No genuine person was tried: a judge that refuses everybody would look perfect here.',
    zh: '没有测试真人：一个拒绝所有人的判断器在这里也会显得完美。',
  },
  many_voided: {
    en: 'More than a tenth of the attempts was taken out of the count. Read their reasons below.',
    zh: '超过十分之一的尝试未计入。请看下面的原因。',
  },
};
