import type { Catalogue } from '@smile/ui';

/** Every text of the attack lab's page; species, reasons and the report come from the terminal with their own. */
export const words = {
  'lab.name': { en: 'Attack lab', zh: '攻击实验室' },
  'lab.language': { en: 'Language', zh: '语言' },
  'lab.simulated': { en: 'Simulated camera', zh: '模拟摄像头' },
  'lab.lightOn': { en: 'Light challenge on', zh: '光照挑战已开启' },
  'lab.lightOff': { en: 'Light challenge off', zh: '光照挑战未开启' },
  'lab.pictures': { en: 'Pictures are kept', zh: '保存图像' },
  'lab.noPictures': { en: 'No pictures kept', zh: '不保存图像' },
  'lab.signOut': { en: 'Sign out', zh: '退出' },
  'lab.back': { en: 'All sessions', zh: '所有测试' },
  'lab.camera': { en: 'Camera: {model}', zh: '摄像头：{model}' },
  'lab.noCamera': { en: 'No camera is ready. Attempts wait for one.', zh: '摄像头未就绪，暂不能尝试。' },

  'in.title': { en: 'Try to fool\nyour own terminal', zh: '试着骗过\n自己的终端' },
  'in.intro': {
    en: 'Show it prints, screens, masks and genuine people, and see what gets through: by species, with 95 % bounds. The camera, the frame chain and the judge are those of a payment. Nobody is identified, enrolled or charged.',
    zh: '用打印照、屏幕、面具和真人测试它，看看哪些能通过：按种类统计，给出 95 % 上下限。摄像头、帧链和判断器都与付款时相同。不识别、不登记、不扣款。',
  },
  'in.token': { en: 'Operator token', zh: '操作员令牌' },
  'in.open': { en: 'Open the lab', zh: '进入实验室' },
  'in.gone': { en: 'The terminal does not answer.', zh: '终端没有响应。' },

  'all.new': { en: 'New session', zh: '新建测试' },
  'all.newHint': {
    en: 'One terminal, one camera, one place. Its attempts are counted together.',
    zh: '同一终端、同一摄像头、同一地点，其中的尝试一起统计。',
  },
  'all.title': { en: 'Title', zh: '名称' },
  'all.titleHint': { en: 'Counter 1, evening light', zh: '1 号柜台，傍晚光线' },
  'all.place': { en: 'Place: room, light, distance', zh: '地点：房间、光线、距离' },
  'all.placeHint': { en: 'Beside the window, 400 lx at the face', zh: '靠窗，脸部照度 400 lx' },
  'all.keep': { en: 'Keep colour and depth pictures of the attempts', zh: '保存尝试的彩色与深度图像' },
  'all.keepHint': {
    en: 'Off: only numbers are written down. No template is kept in any case.',
    zh: '关闭时只记录数字。任何情况下都不保存人脸模板。',
  },
  'all.agree': { en: 'This is so. I keep the agreements.', zh: '属实，同意书由我保管。' },
  'all.begin': { en: 'Begin', zh: '开始' },
  'all.earlier': { en: 'Earlier sessions', zh: '以往的测试' },
  'all.none': { en: 'No session yet.', zh: '还没有测试。' },
  'all.folder': { en: 'Sessions are files in {folder}', zh: '测试文件保存在 {folder}' },
  'all.count': { en: { one: '{count} attempt', other: '{count} attempts' }, zh: '{count} 次尝试' },

  'desk.try': { en: 'Try', zh: '尝试' },
  'desk.report': { en: 'Report', zh: '报告' },
  'desk.genuine': { en: 'Genuine people', zh: '真人' },
  'desk.genuineMake': {
    en: 'Willing people of all ages and skins, with and without glasses, beard and cap. A judge that refuses everybody would be no use.',
    zh: '各年龄、各肤色的自愿者，戴或不戴眼镜、胡须、帽子。拒绝所有人的判断器毫无用处。',
  },
  'desk.genuinePresent': {
    en: 'As a guest would: stand at 40 to 70 cm, look into the camera. Several people, a few attempts each.',
    zh: '像顾客一样：站在 40–70 厘米处，看镜头。多找几个人，每人试几次。',
  },
  'desk.make': { en: 'What you need', zh: '需要什么' },
  'desk.present': { en: 'How to show it', zh: '如何呈现' },
  'desk.beyond': {
    en: 'This sensor is not expected to tell this from a face. Try it all the same: the report says so.',
    zh: '这种传感器本来就难以分辨此类攻击。仍请尝试，报告会注明。',
  },
  'desk.drawn': { en: 'Simulated picture', zh: '模拟图' },
  'desk.subject': { en: 'Person: a letter or number, no name', zh: '人员：字母或数字，不写姓名' },
  'desk.series': { en: 'Series: made the same way', zh: '系列：同样方法制作' },
  'desk.instrument': { en: 'Which piece', zh: '第几件' },
  'desk.material': { en: 'Material', zh: '材料' },
  'desk.materialHint': { en: 'Matt, 90 g, laser printer', zh: '哑光 90 克，激光打印' },
  'desk.notes': { en: 'Notes', zh: '备注' },
  'desk.light': { en: 'With the screen’s coloured light', zh: '带屏幕彩色光' },
  'desk.howMany': { en: 'Attempts', zh: '次数' },
  'desk.start': { en: 'Start', zh: '开始' },
  'desk.stage': { en: 'The simulator shows', zh: '模拟器呈现' },
  'desk.stageHint': {
    en: 'There is no real camera on this terminal. Its simulator puts the chosen species before the camera; the piece number changes tilt, bend and hands.',
    zh: '本终端没有真实摄像头。模拟器会把所选种类放到镜头前；件号不同，倾斜、弯曲和手势也不同。',
  },
  'desk.tried': { en: '{accepted} of {attempts} accepted', zh: '{attempts} 次中通过 {accepted} 次' },
  'desk.bound': { en: 'at most {rate} (95 %)', zh: '至多 {rate}（95 %）' },
  'desk.toSay': {
    en: {
      one: '{count} more without an acceptance to say: below 1 %',
      other: '{count} more without an acceptance to say: below 1 %',
    },
    zh: '再有 {count} 次无一通过，才可说“低于 1 %”',
  },
  'desk.last': { en: 'Last answers', zh: '最近的回答' },
  'desk.number': { en: 'No. {number}', zh: '第 {number} 次' },

  'run.step': { en: 'Attempt {step} of {total}', zh: '第 {step} / {total} 次' },
  'run.preparing': { en: 'Setting the stage…', zh: '正在布置…' },
  'run.ready': { en: 'Hold it in place', zh: '摆好位置' },
  'run.looking': { en: 'Looking…', zh: '正在观察…' },
  'run.preview': { en: 'What the camera sees', zh: '摄像头画面' },
  'run.stop': { en: 'Stop', zh: '停止' },
  'run.next': { en: 'Next attempt', zh: '下一次' },
  'run.wait': { en: 'Wait here', zh: '暂停' },
  'run.finish': { en: 'Back to the desk', zh: '返回' },
  'run.again': { en: 'Try once more', zh: '再试一次' },
  'run.void': { en: 'Does not count…', zh: '不计入…' },
  'run.voidTitle': { en: 'Why does this attempt not count?', zh: '这次尝试为何不计入？' },
  'run.voidHint': {
    en: 'A mistake in showing it, never the answer itself. The attempt stays to be seen in the report.',
    zh: '只能因为呈现有误，不能因为结果不满意。该次尝试仍会列在报告中。',
  },
  'run.voidWrong': { en: 'The wrong instrument was shown', zh: '拿错了道具' },
  'run.voidHeld': { en: 'It was not held as described', zh: '没有按说明拿' },
  'run.voidOther': { en: 'Somebody else came into view', zh: '有别人进入画面' },
  'run.voided': { en: 'This attempt does not count.', zh: '这次尝试不计入。' },
  'run.cancel': { en: 'Keep it', zh: '保留' },
  'run.evidence': { en: 'Evidence, cue by cue', zh: '逐项证据' },
  'run.forAttack': { en: 'picture', zh: '图片' },
  'run.forLife': { en: 'face', zh: '真脸' },
  'run.measured': { en: 'Measured', zh: '测量值' },
  'run.took': {
    en: 'Decided after {seconds} s, {used} of {received} pictures used',
    zh: '{seconds} 秒作出判断，使用 {received} 张中的 {used} 张',
  },
  'run.limit': { en: '{value} {unit}, limit {threshold}', zh: '{value} {unit}，界限 {threshold}' },

  'outcome.live': { en: 'Accepted as living', zh: '当作活人通过' },
  'outcome.attack': { en: 'Refused as an attack', zh: '作为攻击拒绝' },
  'outcome.undecided': { en: 'No decision: try again', zh: '无结论：请再试' },
  'outcome.no_face': { en: 'No decision: no face found', zh: '无结论：没找到脸' },
  'outcome.aborted': { en: 'Broken off', zh: '中断' },
  'outcome.right': { en: 'As it should be', zh: '符合预期' },
  'outcome.wrong': { en: 'An error of the judge', zh: '判断错误' },
  'outcome.open': { en: 'Neither right nor wrong', zh: '不算对也不算错' },

  'cue.shape': { en: 'Shape', zh: '形状' },
  'cue.nose': { en: 'Nose', zh: '鼻子' },
  'cue.context': { en: 'Surroundings', zh: '周围' },
  'cue.lightCode': { en: 'Colours of the light', zh: '光的颜色' },
  'cue.lightShape': { en: 'Fall of the light', zh: '光照与形状' },
  'cue.texture': { en: 'Screen pattern', zh: '屏幕纹理' },
  'cue.expressionDepth': { en: 'Smile in depth', zh: '微笑的深度变化' },

  'light.shown': { en: 'The screen’s light was shown.', zh: '屏幕光已显示。' },
  'light.faulty': { en: 'The screen’s light was shown wrongly.', zh: '屏幕光显示有误。' },
  'light.not_shown': { en: 'The screen’s light was not shown.', zh: '屏幕光未显示。' },
  'light.declined': { en: 'Tried without the screen’s light.', zh: '未使用屏幕光。' },
  'light.unsupported': { en: 'This terminal shows no light.', zh: '本终端不支持屏幕光。' },
  'light.off': { en: 'The light challenge is off.', zh: '光照挑战未开启。' },

  'lock.free': {
    en: 'The camera did not hold exposure and white balance: it may have removed the light itself.',
    zh: '摄像头未锁定曝光和白平衡：可能自行抵消了屏幕光。',
  },
  'lock.unsupported': {
    en: 'This camera cannot hold exposure and white balance: it may have removed the light itself.',
    zh: '此摄像头不能锁定曝光和白平衡：可能自行抵消了屏幕光。',
  },

  'fail.terminal_busy': {
    en: 'A guest’s scan runs on this terminal. Try again when it is over.',
    zh: '终端正在为顾客扫描，请稍后再试。',
  },
  'fail.camera_changed': {
    en: 'This session was begun with another camera. Begin a new one.',
    zh: '本次测试使用的是另一个摄像头，请新建测试。',
  },
  'fail.judge_changed': {
    en: 'The server’s judge was set up otherwise. Begin a new session.',
    zh: '服务器的判断设置已改变，请新建测试。',
  },
  'fail.camera_unavailable': { en: 'The camera is not ready.', zh: '摄像头未就绪。' },
  'fail.operator_token_invalid': { en: 'This operator token is not valid.', zh: '操作员令牌无效。' },
  'fail.scan_lost': { en: 'The line to the terminal was lost.', zh: '与终端的连接中断。' },
  'fail.stage_not_ready': { en: 'The simulator could not show this.', zh: '模拟器无法呈现。' },
  'fail.other': { en: 'It did not work.', zh: '没有成功。' },

  'report.html': { en: 'Open the page', zh: '打开页面' },
  'report.json': { en: 'Download JSON', zh: '下载 JSON' },
  'report.delete': { en: 'Delete the pictures', zh: '删除图像' },
  'report.deleted': { en: 'The pictures are gone.', zh: '图像已删除。' },
} as const satisfies Catalogue;

export type LabWord = keyof typeof words;

type FailureWord = Extract<LabWord, `fail.${string}`>;
const FAILURES: ReadonlySet<string> = new Set(Object.keys(words));

/** The words for a failure's code. */
export function failureWord(code: string): FailureWord {
  const key = `fail.${code}`;
  return FAILURES.has(key) ? (key as FailureWord) : 'fail.other';
}
