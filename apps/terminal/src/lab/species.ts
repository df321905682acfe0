import type { InstrumentKind, LabGroup, LabSpecies } from '@smile/contract';
import { ATTACK_SPECIES } from '@smile/simulator';

type Words = { readonly name: string; readonly make: string; readonly present: string };
type Entry = { readonly group: LabGroup; readonly en: Words; readonly zh: Words };

/**
 * What an operator needs to know to make and show each species. The numbers, and what is out of scope, come from the
 * list that the simulator and the evaluation use.
 */
const CATALOGUE: Readonly<Record<InstrumentKind, Entry>> = {
  print: {
    group: 'paper',
    en: {
      name: 'Matt print, held',
      make: 'A frontal portrait in life size (eyes 62 mm apart) on matt A4 paper of 80 to 120 g.',
      present: 'Hold it by its lower corners at 40 to 60 cm, before your own face. Tilt it slowly by a hand’s breadth.',
    },
    zh: {
      name: '手持哑光打印照',
      make: '用 80–120 克哑光 A4 纸打印真人大小的正面人像（两眼间距 62 毫米）。',
      present: '捏住下方两角，举在自己脸前 40–60 厘米处，缓慢小幅倾斜。',
    },
  },
  'glossy-print': {
    group: 'paper',
    en: {
      name: 'Glossy print',
      make: 'The same portrait on glossy photo paper, or laminated.',
      present: 'Hold it at 40 to 60 cm; try angles with and without a lamp’s reflection.',
    },
    zh: {
      name: '光面打印照',
      make: '同一张人像，用光面相纸打印或过塑。',
      present: '举在 40–60 厘米处，分别尝试有反光和无反光的角度。',
    },
  },
  'cut-out': {
    group: 'paper',
    en: {
      name: 'Cut-out silhouette',
      make: 'The matt print, cut along hair, ears and neck; thin card behind keeps it stiff.',
      present: 'Hold it from below, so that no hand is beside the face. Your own neck goes on below it.',
    },
    zh: {
      name: '沿轮廓剪下的照片',
      make: '沿头发、耳朵和脖子剪下哑光打印照，背后衬薄卡纸。',
      present: '从下方拿住，手不要出现在脸旁，让自己的脖子接在下面。',
    },
  },
  'bent-print': {
    group: 'paper',
    en: {
      name: 'Print bent like a cylinder',
      make: 'The matt print, its left and right edges bent back to a radius of 6 to 35 cm.',
      present: 'Hold both sides; begin nearly flat and bend further from attempt to attempt.',
    },
    zh: {
      name: '左右弯成圆筒的打印照',
      make: '把哑光打印照左右两边向后弯，半径 6–35 厘米。',
      present: '握住两侧，从接近平直开始，每次弯得更厉害一些。',
    },
  },
  'rolled-print': {
    group: 'paper',
    en: {
      name: 'Print bent about another axis',
      make: 'The matt print, top and bottom bent back, or bent along a diagonal.',
      present: 'Hold it by the bent edges at 40 to 60 cm.',
    },
    zh: {
      name: '沿其他方向弯曲的打印照',
      make: '把哑光打印照上下向后弯，或沿对角线弯。',
      present: '握住弯曲的边，举在 40–60 厘米处。',
    },
  },
  'curled-print': {
    group: 'paper',
    en: {
      name: 'Print as a cone or an S',
      make: 'The matt print, rolled narrower at one end, or waved forwards and backwards.',
      present: 'Hold it so that the printed face stays upright; vary the wave.',
    },
    zh: {
      name: '卷成圆锥或 S 形的打印照',
      make: '把哑光打印照一端卷窄，或弯成前后波浪形。',
      present: '保持照片中的脸直立，每次改变弯曲形状。',
    },
  },
  'crumpled-print': {
    group: 'paper',
    en: {
      name: 'Crumpled or moulded print',
      make: 'The matt print, crumpled and smoothed; or wetted and dried over a bowl or a face-shaped form.',
      present: 'Hold it by its edges. Use another sheet as another instrument.',
    },
    zh: {
      name: '揉皱或湿压成形的打印照',
      make: '把哑光打印照揉皱再展开；或打湿后覆在碗或脸形模具上晾干。',
      present: '捏住边缘。每一张新纸算作另一件道具。',
    },
  },
  glare: {
    group: 'paper',
    en: {
      name: 'Glossy print in glare',
      make: 'The glossy print and a strong lamp.',
      present: 'Turn it until the lamp’s reflection lies across the printed face.',
    },
    zh: {
      name: '强反光下的光面照片',
      make: '光面打印照和一盏强光灯。',
      present: '转动照片，使反光落在照片中的脸上。',
    },
  },
  'eye-holes': {
    group: 'paper_mask',
    en: {
      name: 'Print with eye holes',
      make: 'The matt print with both eyes cut out.',
      present: 'Hold it right before your face and look through; blink.',
    },
    zh: {
      name: '挖出眼孔的打印照',
      make: '在哑光打印照上挖出两个眼孔。',
      present: '贴在脸前，透过眼孔看镜头并眨眼。',
    },
  },
  'nose-hole': {
    group: 'paper_mask',
    en: {
      name: 'Print with eye and nose holes',
      make: 'The matt print with the eyes cut out and the nose cut along three sides.',
      present: 'Push your nose through and press the paper to your face.',
    },
    zh: {
      name: '挖出眼孔和鼻孔的打印照',
      make: '在哑光打印照上挖出眼睛，并沿三边剪开鼻子。',
      present: '把自己的鼻子穿出来，让纸贴住脸。',
    },
  },
  'strapped-print': {
    group: 'paper_mask',
    en: {
      name: 'Print strapped on',
      make: 'The print with eye, nose and mouth holes, bent round the head and held by a rubber band.',
      present: 'Wear it; look, smile and turn a little.',
    },
    zh: {
      name: '绑在脸上的打印照',
      make: '挖出眼、鼻、口的打印照，围在头上用皮筋固定。',
      present: '戴好后看镜头，微笑并稍微转头。',
    },
  },
  'folded-mask': {
    group: 'paper_mask',
    en: {
      name: 'Folded paper mask',
      make: 'A face of folded and glued paper pieces with the portrait printed on it (papercraft).',
      present: 'Hold it before your face or wear it.',
    },
    zh: {
      name: '折纸面具',
      make: '用印有人像的纸片折叠、粘贴成立体面具。',
      present: '举在脸前或戴上。',
    },
  },
  phone: {
    group: 'screen',
    en: {
      name: 'Phone',
      make: 'A portrait video that smiles and blinks, full screen, brightness at its highest.',
      present: 'Hold the phone at 35 to 60 cm. Try with and without your head behind it.',
    },
    zh: {
      name: '手机回放',
      make: '全屏播放会微笑、眨眼的人像视频，亮度调到最高。',
      present: '举在 35–60 厘米处，分别尝试头在后面和不在后面。',
    },
  },
  tablet: {
    group: 'screen',
    en: {
      name: 'Tablet, life size',
      make: 'The video scaled so that the eyes are 62 mm apart on the screen.',
      present: 'Hold it upright at 40 to 60 cm before your face.',
    },
    zh: {
      name: '平板回放（真人大小）',
      make: '把视频缩放到屏幕上两眼间距 62 毫米。',
      present: '竖直举在脸前 40–60 厘米处。',
    },
  },
  'curved-screen': {
    group: 'screen',
    en: {
      name: 'Curved screen',
      make: 'A phone or monitor with a curved OLED panel playing the video in life size.',
      present: 'Place it so that the curve follows the face.',
    },
    zh: {
      name: '曲面屏',
      make: '用曲面 OLED 手机或显示器播放真人大小的视频。',
      present: '摆放时让曲面顺着脸的弧度。',
    },
  },
  'projected-sheet': {
    group: 'projection',
    en: {
      name: 'Projection on a sheet',
      make: 'A small projector and a white sheet or card; dim the room.',
      present: 'Project the video in life size on the sheet at 40 to 60 cm from the camera.',
    },
    zh: {
      name: '投影在白纸上',
      make: '小型投影仪和白纸或白卡，调暗房间。',
      present: '把真人大小的视频投到离镜头 40–60 厘米的白纸上。',
    },
  },
  'projected-face': {
    group: 'projection',
    en: {
      name: 'Projection on a real face',
      make: 'A small projector; a willing person with bright skin or white make-up; dim the room.',
      present: 'Project the portrait on the person’s face, eyes upon eyes.',
    },
    zh: {
      name: '投影在真人脸上',
      make: '小型投影仪，一位自愿者（浅肤色或涂白），调暗房间。',
      present: '把人像投到此人脸上，眼睛对齐。',
    },
  },
  'shallow-relief': {
    group: 'solid',
    en: {
      name: 'Shallow relief',
      make: 'A relief of the face with about half of its depth, printed on paper over clay or vacuum-formed.',
      present: 'Hold it frontally at 40 to 60 cm.',
    },
    zh: {
      name: '浅浮雕',
      make: '深度约为真脸一半的浮雕：打印纸贴在黏土上，或真空吸塑。',
      present: '正面举在 40–60 厘米处。',
    },
  },
  ellipsoid: {
    group: 'solid',
    en: {
      name: 'Face on a ball',
      make: 'The portrait stretched over a balloon, a ball or a mannequin’s smooth head.',
      present: 'Hold or place it at face height, at 40 to 60 cm.',
    },
    zh: {
      name: '贴在球面上的脸',
      make: '把人像贴在气球、球或光滑的假人头上。',
      present: '放在与脸同高处，距镜头 40–60 厘米。',
    },
  },
  doll: {
    group: 'solid',
    en: {
      name: 'Doll',
      make: 'A doll or a bust of half to four fifths of life size.',
      present: 'Bring it so near that its face fills the guide, at 35 to 50 cm.',
    },
    zh: {
      name: '玩偶',
      make: '真人大小 0.5–0.8 倍的玩偶或半身像。',
      present: '靠近到脸部充满引导框，约 35–50 厘米。',
    },
  },
  'rigid-mask': {
    group: 'solid',
    en: {
      name: 'Rigid 3D mask',
      make: 'A full-size mask of resin or plastic, painted, without holes.',
      present: 'Wear it, with a cap or a hood over its edges.',
    },
    zh: {
      name: '硬质 3D 面具',
      make: '真人大小的树脂或塑料面具，上色，无孔。',
      present: '戴上，用帽子或兜帽遮住边缘。',
    },
  },
  'rigid-mask-eyes': {
    group: 'solid',
    en: {
      name: 'Rigid 3D mask with eye holes',
      make: 'The same mask with the eyes cut out.',
      present: 'Wear it, look through and blink.',
    },
    zh: {
      name: '带眼孔的硬质 3D 面具',
      make: '同样的面具，挖出眼孔。',
      present: '戴上，透过眼孔看并眨眼。',
    },
  },
  'printed-head': {
    group: 'solid',
    en: {
      name: '3D-printed head',
      make: 'A head in full colour from a scan or from photos, life size.',
      present: 'Place it at face height at 40 to 60 cm; put a scarf round its neck.',
    },
    zh: {
      name: '3D 打印头像',
      make: '根据扫描或照片全彩打印的真人大小头像。',
      present: '放在与脸同高处，距镜头 40–60 厘米，脖子围上围巾。',
    },
  },
  'elastic-mask': {
    group: 'solid',
    en: {
      name: 'Elastic mask',
      make: 'A silicone or latex mask that follows the face.',
      present: 'Wear it, smile and speak.',
    },
    zh: {
      name: '弹性面具',
      make: '能随脸部活动的硅胶或乳胶面具。',
      present: '戴上，微笑并说话。',
    },
  },
  patch: {
    group: 'person',
    en: {
      name: 'Printed patch or glasses',
      make: 'Glasses or a strip of paper printed with another person’s eyes.',
      present: 'Wear it on your own face.',
    },
    zh: {
      name: '印刷贴片或眼镜',
      make: '印有他人眼睛的眼镜或纸条。',
      present: '戴在自己脸上。',
    },
  },
  twin: {
    group: 'person',
    en: {
      name: 'Twin or make-up',
      make: 'A twin, or somebody made up as another person. Such a face lives: only the matcher can tell.',
      present: 'As any guest would. “Accepted” is the right answer here.',
    },
    zh: {
      name: '双胞胎或化妆',
      make: '双胞胎，或化妆成他人的人。这张脸是活的，只有比对才能分辨。',
      present: '像普通顾客一样。此处“通过”是正确的结果。',
    },
  },
  'eyes-closed': {
    group: 'person',
    en: {
      name: 'Eyes closed',
      make: 'A willing person.',
      present: 'Eyes closed, as if asleep, held or leaned before the camera.',
    },
    zh: {
      name: '闭着眼睛',
      make: '一位自愿者。',
      present: '像睡着一样闭眼，靠在镜头前。',
    },
  },
};

/** In the order of their groups; the numbers stay those of the common list. */
export const LAB_SPECIES: readonly LabSpecies[] = Object.entries(CATALOGUE).map(([name, { group, en, zh }]) => {
  const kind = name as InstrumentKind;
  const { id, inScope } = numberOf(kind);
  return { id, kind, group, inScope, words: { en, zh } };
});

function numberOf(kind: InstrumentKind): { readonly id: number; readonly inScope: boolean } {
  const found = ATTACK_SPECIES.find((species) => species.kind === kind && species.way === 'presented');
  if (!found) throw new Error(`the common list of species has no ${kind}`);
  return found;
}
