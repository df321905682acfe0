import type { Catalogue } from '@smile/ui';

/** Every text of the kiosk in both languages. Keys say where a text stands. */
export const words = {
  'brand.name': { en: 'Smile to Pay', zh: '微笑支付' },
  'brand.camera': { en: 'Demo camera', zh: '演示摄像头' },

  'bar.startOver': { en: 'Start over', zh: '重新开始' },
  'bar.back': { en: 'Back', zh: '返回' },
  'bar.language': { en: 'Language', zh: '语言' },
  'bar.basket': { en: 'Basket', zh: '购物篮' },
  'key.delete': { en: 'Delete the last digit', zh: '删除最后一位' },

  'attract.title': { en: 'Hungry?\nTap anywhere.', zh: '饿了吗？\n轻触屏幕' },
  'attract.subtitle': {
    en: 'Order here and pay with a smile and your phone number.',
    zh: '在这里点餐，用微笑和手机号付款。',
  },
  'attract.begin': { en: 'Order here', zh: '开始点餐' },
  'attract.join': { en: 'Join', zh: '注册' },
  'attract.joinHint': { en: 'New to Smile to Pay? It takes two minutes.', zh: '第一次用微笑支付？两分钟即可完成。' },
  'attract.promise': { en: 'Nobody is charged for being seen.', zh: '只是被看到，绝不会扣款。' },

  'serving.title': { en: 'Where will you eat?', zh: '在哪里用餐？' },
  'serving.here': { en: 'Eat here', zh: '堂食' },
  'serving.hereHint': { en: 'On a real plate', zh: '用餐盘盛上' },
  'serving.toGo': { en: 'Take away', zh: '外带' },
  'serving.toGoHint': { en: 'In a paper bag', zh: '装进纸袋' },

  'menu.title': { en: 'What would you like?', zh: '想吃点什么？' },
  'menu.change': { en: 'Any dish can be changed.', zh: '每道菜都可以按您的口味调整。' },
  'menu.emptyBasket': { en: 'Your basket is empty', zh: '购物篮还是空的' },
  'menu.popular': { en: 'Loved', zh: '人气' },
  'menu.vegetarian': { en: 'Vegetarian', zh: '素食' },
  'menu.vegan': { en: 'Vegan', zh: '纯素' },
  'menu.spicy': { en: 'Spicy', zh: '辣' },
  'menu.toBasket': {
    en: { one: 'Basket · {count} dish', other: 'Basket · {count} dishes' },
    zh: '购物篮 · {count} 份',
  },

  'dish.make': { en: 'Make it yours', zh: '按您的口味' },
  'dish.with': { en: 'With', zh: '要' },
  'dish.without': { en: 'Without', zh: '不要' },
  'dish.asIs': { en: 'As it is', zh: '原样' },
  'dish.extra': { en: 'Extra', zh: '加量' },
  'dish.swap': { en: 'Swap', zh: '替换' },
  'dish.less': { en: 'One less', zh: '减一份' },
  'dish.more': { en: 'One more', zh: '加一份' },
  'dish.always': { en: 'Always in it', zh: '必有' },
  'dish.add': { en: 'Add to basket', zh: '加入购物篮' },
  'dish.keep': { en: 'Keep the change', zh: '保存修改' },
  'dish.quantity': { en: 'How many', zh: '数量' },
  'dish.reset': { en: 'Back to the recipe', zh: '恢复原样' },
  'dish.free': { en: 'no extra charge', zh: '不加价' },
  'dish.onlyPickle': { en: 'Just the pickle. Brave. We respect it.', zh: '只剩一片酸黄瓜。勇气可嘉，我们敬您。' },
  'dish.onlyOne': { en: 'Only the {name} is left. It stays for company.', zh: '只剩下{name}了，就留它作伴吧。' },

  'change.without': { en: 'no {name}', zh: '不要{name}' },
  'change.extra': { en: 'extra {name}', zh: '加{name}' },
  'change.extraTimes': { en: 'extra {name} ×{times}', zh: '加{name} ×{times}' },
  'change.swap': { en: '{instead} instead of {name}', zh: '{name}换成{instead}' },

  'basket.title': { en: 'Your basket', zh: '您的购物篮' },
  'basket.empty': { en: 'Nothing in it yet.', zh: '还是空的。' },
  'basket.emptyHint': { en: 'The kitchen is warm and waiting.', zh: '厨房已经热好锅，等您点餐。' },
  'basket.toMenu': { en: 'To the menu', zh: '去看菜单' },
  'basket.more': { en: 'Add something', zh: '再加点' },
  'basket.edit': { en: 'Change', zh: '修改' },
  'basket.remove': { en: 'Remove', zh: '移除' },
  'basket.total': { en: 'Total', zh: '合计' },
  'basket.pay': { en: 'Smile to Pay', zh: '微笑支付' },
  'basket.payHint': {
    en: 'First a look, then your number. Nothing is charged until you tap Pay.',
    zh: '先看一眼，再输手机号。点按“付款”之前不会扣款。',
  },
  'basket.other': { en: 'Phone + PIN instead', zh: '改用手机号 + 密码' },
  'basket.otherOnly': { en: 'Pay with phone + PIN', zh: '用手机号 + 密码付款' },
  'basket.join': { en: 'New here? Join', zh: '新用户？立即注册' },
  'basket.noCamera': {
    en: 'The camera is taking a break. Phone and PIN work just as well, at the same price.',
    zh: '摄像头暂时休息。手机号加密码同样可以付款，价格相同。',
  },
  'basket.here': { en: 'Eat here', zh: '堂食' },
  'basket.toGo': { en: 'Take away', zh: '外带' },

  'checkout.title': { en: 'Telling the kitchen what you would like…', zh: '正在登记您的点单……' },

  'camera.title': { en: 'Look into the mirror', zh: '请看向镜子' },
  'camera.starting': { en: 'One moment, the camera is waking up…', zh: '请稍候，摄像头正在启动……' },
  'camera.privacy': {
    en: 'Only whether it is you is checked. The pictures are dropped at once.',
    zh: '仅用于确认是您本人，画面随即删除。',
  },
  'camera.withoutLight': { en: 'Without coloured light, please', zh: '请不要使用彩色灯光' },
  'camera.preview': { en: 'You, as the camera sees you', zh: '摄像头中的您' },
  'hint.look_here': { en: 'Look here, please', zh: '请看这里' },
  'hint.come_closer': { en: 'A little closer', zh: '请靠近一点' },
  'hint.move_back': { en: 'A little further back', zh: '请后退一点' },
  'hint.one_person_please': { en: 'One person at a time, please', zh: '请一次只站一位' },
  'hint.centre_your_face': { en: 'Move into the middle', zh: '请移到中间' },
  'hint.hold_still': { en: 'Hold still for a moment', zh: '请保持不动' },
  'hint.more_light': { en: 'It is a bit dark here', zh: '光线有点暗' },
  'hint.less_light': { en: 'It is very bright here. A step aside?', zh: '光线太强，请挪一步' },
  'hint.even_light': { en: 'Turn a little, so that light falls on both cheeks', zh: '请稍微转身，让两侧脸颊都有光' },
  'hint.uncover_your_face': { en: 'Hand, hair or scarf off the face, please', zh: '请移开挡住脸的手、头发或围巾' },
  'hint.open_your_eyes': { en: 'Eyes open, please', zh: '请睁开眼睛' },
  'hint.turn_left': { en: 'Turn your head to the left', zh: '请向左转头' },
  'hint.turn_right': { en: 'Turn your head to the right', zh: '请向右转头' },
  'hint.good': { en: 'Lovely. Stay like that', zh: '很好，保持住' },

  'scan.again': { en: 'Try again', zh: '再试一次' },
  'scan.withoutLight': { en: 'Without coloured light (with PIN)', zh: '不使用彩色灯光（需输入密码）' },
  'scan.other': { en: 'Phone + PIN instead', zh: '改用手机号 + 密码' },
  'scan.otherFirst': { en: 'Pay with phone + PIN', zh: '用手机号 + 密码付款' },
  'scan.nothingCharged': { en: 'Nothing was charged.', zh: '没有扣款。' },
  'scan.afterThree': {
    en: 'Cameras have bad days too. Your phone number and PIN get you the same food at the same price.',
    zh: '摄像头也有状态不好的时候。用手机号和密码，同样的美味，同样的价格。',
  },

  'phone.title': { en: 'Your phone number', zh: '您的手机号' },
  'phone.reason.first_time': {
    en: 'Face and number together say that it is you. Next time here, four digits will do.',
    zh: '面容加上手机号，才能确认是您本人。下次光顾本店，只需输入后四位。',
  },
  'phone.reason.known_here': {
    en: 'You have paid here before: the last four digits of your number will do.',
    zh: '您曾在本店付过款，只需输入手机号后四位。',
  },
  'phone.reason.your_wish': {
    en: 'You asked us to always take your full number.',
    zh: '按您的设置，每次都需要输入完整手机号。',
  },
  'phone.reason.shop_rule': {
    en: 'This shop always asks for the full number, beside the face.',
    zh: '本店除面容外，还需输入完整手机号。',
  },
  'phone.reason.to_be_sure': {
    en: 'Your full number, please, so that nobody else pays for you.',
    zh: '为避免误扣他人款项，请输入完整手机号。',
  },
  'phone.recognising': { en: 'One moment…', zh: '请稍等……' },
  'phone.last': { en: 'The last four digits', zh: '手机号后四位' },
  'phone.fullInstead': { en: 'Type my full number instead', zh: '输入完整手机号' },
  'phone.whyPin': { en: 'The number of your Smile to Pay wallet.', zh: '您的微笑支付钱包所用的号码。' },
  'phone.whyJoin': { en: 'We will send you a code.', zh: '我们会向您发送验证码。' },
  'phone.country': {
    en: 'Without a country code we take it as {country} ({code}). Press + for another country.',
    zh: '不输入国家区号时，按{country}（{code}）处理。其他国家请按 +。',
  },
  'phone.done': { en: 'Go on', zh: '继续' },
  'phone.empty': { en: 'Type your number', zh: '请输入号码' },

  'pin.title': { en: 'Your PIN', zh: '您的支付密码' },
  'pin.hint': { en: 'Six digits. Shield them with your hand.', zh: '六位数字，请用手遮挡。' },

  'confirm.title': { en: 'Is this right?', zh: '请确认' },
  'confirm.to': { en: 'to {shop}', zh: '付给 {shop}' },
  'confirm.from': { en: 'from {hint}', zh: '付款账户 {hint}' },
  'confirm.pay': { en: 'Pay {amount}', zh: '付款 {amount}' },
  'confirm.items': { en: { one: '{count} dish', other: '{count} dishes' }, zh: '共 {count} 份' },
  'confirm.cancel': { en: 'Not now', zh: '先不付' },
  'confirm.topUp': { en: 'Top up here', zh: '在此充值' },
  'confirm.faceOutdated': {
    en: 'We see faces better now: to pay with a smile again, show us your face once more under “Join”.',
    zh: '我们的识别能力已升级：请在“注册”中重新录入面容，即可继续刷脸支付。',
  },
  'confirm.pinTitle': { en: 'Your PIN, please', zh: '请输入支付密码' },
  'confirm.pin.amount': { en: 'It is a larger amount, so we ask for your PIN.', zh: '金额较大，需要输入支付密码。' },
  'confirm.pin.too_many_without': {
    en: 'Now and then we ask for your PIN, to be sure.',
    zh: '为安全起见，我们偶尔会请您输入支付密码。',
  },
  'confirm.pin.camera_2d': {
    en: 'This camera sees no depth, so we ask for your PIN too.',
    zh: '此摄像头无法感知深度，还需要支付密码。',
  },
  'confirm.pin.risk': { en: 'We ask for your PIN this time, to be sure.', zh: '为安全起见，本次需要支付密码。' },

  'paying.title': { en: 'Paying…', zh: '正在付款……' },
  'paying.lost': {
    en: 'The line is down. We keep asking; nothing is paid twice.',
    zh: '网络中断，我们会继续确认，绝不会重复扣款。',
  },
  'paying.stay': { en: 'Please stay here a moment.', zh: '请稍等片刻，不要离开。' },

  'done.title': { en: 'Paid. Thank you!', zh: '付款成功，谢谢！' },
  'done.number': { en: 'Your order number', zh: '您的取餐号' },
  'done.kitchen': { en: 'The kitchen has your order.', zh: '厨房已收到您的点单。' },
  'done.receipt': { en: 'Your receipt', zh: '您的收据' },
  'done.receiptHint': { en: 'Scan it with your phone.', zh: '用手机扫码查看。' },
  'done.notMe': {
    en: 'If a payment was ever not you: open its receipt and tap “This wasn’t me”. Face pay stops at once and you are covered.',
    zh: '如果某笔付款不是您本人所为：打开收据，点按“不是我”。刷脸支付会立即停用，损失由我们承担。',
  },
  'done.next': { en: 'Next guest', zh: '下一位' },
  'done.returning': { en: 'This screen clears itself in {seconds} s.', zh: '{seconds} 秒后自动返回。' },

  'problem.back': { en: 'Back to the basket', zh: '返回购物篮' },

  'over.title': { en: 'Start over?', zh: '要重新开始吗？' },
  'over.text': { en: 'Your basket will be emptied.', zh: '购物篮将被清空。' },
  'over.yes': { en: 'Yes, start over', zh: '是的，重新开始' },
  'over.no': { en: 'No, go on', zh: '不，继续' },
  'idle.title': { en: 'Still there?', zh: '您还在吗？' },
  'idle.text': { en: 'In {seconds} s this screen starts over.', zh: '{seconds} 秒后将重新开始。' },
  'idle.stay': { en: 'I am here', zh: '我还在' },

  'down.title': { en: 'Back in a moment', zh: '马上回来' },
  'down.server': {
    en: 'This counter has lost its line to the payment service. It comes back by itself; your basket is kept.',
    zh: '此点餐机暂时连接不到支付服务，恢复后会自动继续，您的购物篮会保留。',
  },
  'down.terminal': { en: 'This screen is waking up.', zh: '屏幕正在启动。' },
  'down.staff': { en: 'In a hurry? Please order with the staff.', zh: '赶时间？请向店员点餐。' },

  'join.title': { en: 'Join Smile to Pay', zh: '注册微笑支付' },
  'join.leave': { en: 'Stop here', zh: '退出注册' },
  'join.code': { en: 'The code we sent', zh: '输入验证码' },
  'join.codeSent': { en: 'Sent to {hint}. Six digits.', zh: '已发送至 {hint}，六位数字。' },
  'join.codeDemo': {
    en: 'This is a demo: the code is on the Messages page ({place}).',
    zh: '演示模式：验证码在“消息”页面（{place}）。',
  },
  'join.codeAgain': { en: 'Send another code', zh: '重新发送' },
  'join.terms': { en: 'What we promise each other', zh: '我们的约定' },
  'join.biometrics': { en: 'About your face', zh: '关于您的面容' },
  'join.biometricsHint': {
    en: 'This is asked separately, because it is yours to decide.',
    zh: '这一项单独征求您的同意，由您自己决定。',
  },
  'join.agree': { en: 'I agree', zh: '同意' },
  'join.agreeFace': { en: 'I agree, use my face', zh: '同意使用我的面容' },
  'join.decline': { en: 'No, not my face', zh: '不使用面容' },
  'join.declineTerms': { en: 'I do not agree', zh: '不同意' },
  'join.declinedTitle': { en: 'That is fine', zh: '没关系' },
  'join.declinedText': {
    en: 'You can pay with your phone number and a PIN, at the same price, at every counter. No face is stored.',
    zh: '您可以在任何柜台用手机号和支付密码付款，价格相同，不会保存您的面容。',
  },
  'join.withoutFace': { en: 'Go on with phone + PIN', zh: '继续设置手机号 + 密码' },
  'join.changedMind': { en: 'Back to the question', zh: '返回上一步' },
  'join.face': { en: 'Now show us your face', zh: '现在请露出您的面容' },
  'join.faceText': {
    en: 'Look straight ahead, then turn a little to each side. Glasses may stay on.',
    zh: '先正视前方，再分别向两侧稍稍转头。可以戴眼镜。',
  },
  'join.faceStart': { en: 'I am ready', zh: '准备好了' },
  'join.facePrivacy': {
    en: 'Your face becomes a row of numbers, kept encrypted. No picture is kept.',
    zh: '您的面容会转换成一串数字并加密保存，不会保留任何画面。',
  },
  'join.faceNoCamera': {
    en: 'The camera is not there at the moment. You can go on with phone + PIN and add your face another day.',
    zh: '摄像头暂不可用。您可以先用手机号和密码，改天再添加面容。',
  },
  'join.pin': { en: 'Choose a PIN', zh: '设置支付密码' },
  'join.pinText': {
    en: 'Six digits that are not a birthday and not 123456. It is asked for now and then.',
    zh: '六位数字，请不要用生日或 123456。偶尔会请您输入。',
  },
  'join.pinAgain': { en: 'And once more', zh: '请再输入一次' },
  'join.pinDiffers': { en: 'The two differ. Choose once more.', zh: '两次输入不一致，请重新设置。' },
  'join.money': { en: 'Put some money in', zh: '充值' },
  'join.moneyText': {
    en: 'From the sandbox bank: play money, for trying things out.',
    zh: '来自模拟银行的体验金，仅供试用。',
  },
  'join.balance': { en: 'In your wallet: {amount}', zh: '钱包余额：{amount}' },
  'join.moneyLater': { en: 'Later', zh: '以后再说' },
  'join.facePay': { en: 'Switch face pay on?', zh: '开启刷脸支付？' },
  'join.facePayText': {
    en: 'It is off until you say so. You can switch it off again at any time.',
    zh: '未经您同意不会开启，您可以随时关闭。',
  },
  'join.facePayOn': { en: 'Switch it on', zh: '开启' },
  'join.facePayLater': { en: 'Leave it off', zh: '暂不开启' },
  'join.done': { en: 'You can pay with your smile now', zh: '现在您可以用微笑付款了' },
  'join.doneNoFace': { en: 'You can pay with phone + PIN now', zh: '现在您可以用手机号和密码付款了' },
  'join.doneTopUp': { en: 'The money is in your wallet', zh: '充值成功' },
  'join.doneFrozen': {
    en: 'Face pay is frozen after a claim. Phone + PIN works.',
    zh: '因申诉，刷脸支付已冻结。您仍可用手机号和密码付款。',
  },
  'join.phoneStep': { en: 'Where a shop knows you, type', zh: '在熟悉您的店里，请输入' },
  'join.phoneStep.last_four': { en: 'the last four digits', zh: '手机号后四位' },
  'join.phoneStep.always_full': { en: 'always the full number', zh: '每次输入完整号码' },
  'join.pinAlways': {
    en: 'To be on the safe side, we will ask for your PIN with each payment.',
    zh: '为稳妥起见，每次付款都会请您输入支付密码。',
  },
  'join.faceAnew': { en: 'Show us your face once more', zh: '请再录入一次面容' },
  'join.faceAnewText': {
    en: 'We see faces better now, and what we kept of yours is from before. It takes ten seconds.',
    zh: '我们的识别能力已升级，之前保存的面容需要更新，只需十秒钟。',
  },
  'join.toBasket': { en: 'Back to my basket', zh: '返回购物篮' },
  'join.toPayment': { en: 'Back to my payment', zh: '返回付款' },
  'join.toOrder': { en: 'Done', zh: '完成' },
  'join.step': { en: 'Step {step} of {steps}', zh: '第 {step} 步，共 {steps} 步' },

  'wait.seconds': { en: 'Please wait {seconds} s.', zh: '请等待 {seconds} 秒。' },
} as const satisfies Catalogue;

/**
 * What went wrong, in plain words, by code: the API's, the scan's outcome, the terminal's, or our own. Each says what to do.
 * A code without words gets `other`.
 */
export const failureWords = {
  // outcomes of a scan
  attack: {
    en: 'The camera was not sure that it sees a living person. Look straight at it, without anything in front of your face.',
    zh: '摄像头无法确认看到的是真人。请正视摄像头，不要遮挡面部。',
  },
  undecided: {
    en: 'The camera could not make up its mind. A bit more light, or a bit closer, helps.',
    zh: '摄像头没能确认。光线亮一点或靠近一点会有帮助。',
  },
  light_unreadable: {
    en: 'The camera could not see the screen’s light on your face: the sun or a lamp may be too bright. Turn a little away from it, or go without the light.',
    zh: '摄像头在您脸上看不清屏幕的灯光，可能是阳光或灯光太强。请稍微避开强光，或不使用彩色灯光。',
  },
  no_face: {
    en: 'The camera did not see a face. Stand in front of it and look at the screen.',
    zh: '摄像头没有看到人脸。请站到摄像头前，看向屏幕。',
  },
  aborted: { en: 'The scan was interrupted.', zh: '识别被中断了。' },
  scan_aborted: { en: 'The scan was interrupted.', zh: '识别被中断了。' },
  scan_timeout: { en: 'That took too long. Please try again.', zh: '时间过长，请再试一次。' },
  scan_lost: { en: 'The line broke during the scan. Please try again.', zh: '识别过程中连接中断，请再试一次。' },
  scans_at_capacity: {
    en: 'Many people are smiling right now. Try again in a moment.',
    zh: '现在微笑的人太多了，请稍后再试。',
  },
  scan_worker_failed: { en: 'Something broke on our side. Please try again.', zh: '我们这边出了点问题，请再试一次。' },
  scan_not_live: { en: 'The scan did not show a living person. Please try again.', zh: '未能确认是真人，请再试一次。' },
  scan_expired: {
    en: 'The look into the camera was too long ago. Please look again.',
    zh: '识别已过期，请再看一次摄像头。',
  },
  scan_already_used: { en: 'Please look into the camera once more.', zh: '请再看一次摄像头。' },
  scan_not_found: { en: 'Please look into the camera once more.', zh: '请再看一次摄像头。' },
  scan_undecided: { en: 'The camera had not decided yet. Please look once more.', zh: '摄像头尚未确认，请再看一次。' },
  test_camera_refused: {
    en: 'This counter may not use its demo camera. Please pay with phone + PIN.',
    zh: '此点餐机不能使用演示摄像头，请用手机号和密码付款。',
  },
  camera_unavailable: {
    en: 'The camera is not there at the moment. Please pay with phone + PIN.',
    zh: '摄像头暂不可用，请用手机号和密码付款。',
  },
  consent_withdrawn: { en: 'Without your consent we do not look.', zh: '未经您同意，我们不会识别。' },
  // who pays
  identification_failed: {
    en: 'That did not fit together. Check the number and try again.',
    zh: '信息不匹配。请检查号码后再试一次。',
  },
  full_number_needed: {
    en: 'The four digits alone did not say clearly who you are. Your full number does; no need to look again.',
    zh: '仅凭后四位无法确认是您本人。请输入完整手机号，无需再次识别。',
  },
  phone_invalid: { en: 'This does not look like a phone number. Check the digits.', zh: '这不像一个手机号，请检查。' },
  face_pay_locked: {
    en: 'Too many tries with this number. Wait a little, or pay with phone + PIN.',
    zh: '此号码尝试次数过多。请稍候，或用手机号和密码付款。',
  },
  identification_locked: {
    en: 'Too many tries at this counter. Please wait a little.',
    zh: '此点餐机尝试次数过多，请稍候。',
  },
  face_pay_not_on: {
    en: 'Face pay is not switched on for this number. Phone + PIN works.',
    zh: '此号码未开启刷脸支付，可用手机号和密码付款。',
  },
  face_pay_frozen: {
    en: 'Face pay is frozen after a claim. Phone + PIN works.',
    zh: '因申诉，刷脸支付已冻结，可用手机号和密码付款。',
  },
  no_face_enrolled: {
    en: 'That did not fit together. Check the number and try again.',
    zh: '信息不匹配。请检查号码后再试一次。',
  },
  pin_wrong: { en: 'This PIN is not right. Type it again.', zh: '支付密码不正确，请重新输入。' },
  pin_locked: {
    en: 'Too many wrong PINs. It is locked for a while, to keep your money safe.',
    zh: '密码错误次数过多。为保护您的资金，已暂时锁定。',
  },
  payment_refused: {
    en: 'This payment cannot be made by face. Nothing was charged. Phone + PIN works.',
    zh: '此笔付款不能使用刷脸支付，未扣款。可用手机号和密码付款。',
  },
  payment_pin_required: { en: 'This payment needs your PIN.', zh: '此笔付款需要支付密码。' },
  // the money
  insufficient_funds: {
    en: 'There is not enough money in the wallet. Top up here or in your wallet, then tap Pay again.',
    zh: '钱包余额不足。请在此处或钱包中充值，然后再次点按“付款”。',
  },
  wallet_currency_differs: {
    en: 'Your wallet holds another currency than this shop takes. Please pay at the counter.',
    zh: '您的钱包币种与本店不同，请到柜台付款。',
  },
  payment_canceled: {
    en: 'This took a while, so the payment was closed. Your basket is still here.',
    zh: '等待时间过长，付款已关闭。您的购物篮还在。',
  },
  payment_not_found: {
    en: 'This payment is no longer there. Your basket is still here.',
    zh: '此笔付款已不存在。您的购物篮还在。',
  },
  order_not_payable: { en: 'This order was closed. Your basket is still here.', zh: '此订单已关闭。您的购物篮还在。' },
  order_already_paid: {
    en: 'This order is paid already. Please ask the staff for its number.',
    zh: '此订单已付款，请向店员询问取餐号。',
  },
  order_being_paid: { en: 'This order is being paid already.', zh: '此订单正在付款。' },
  payment_in_progress: { en: 'This order is being paid already.', zh: '此订单正在付款。' },
  payment_unknown: {
    en: 'We could not find out whether it was paid. Please show this to the staff; nothing is ever paid twice.',
    zh: '我们无法确认是否已付款。请向店员出示此画面；绝不会重复扣款。',
  },
  // the order
  menu_changed: {
    en: 'The menu has just changed. Please look through your basket once more.',
    zh: '菜单刚刚有变动，请再检查一下购物篮。',
  },
  order_total_too_large: {
    en: 'This order is too large for the kiosk. Please order with the staff.',
    zh: '订单金额过大，请向店员点餐。',
  },
  order_total_zero: { en: 'There is nothing to pay for yet.', zh: '还没有需要付款的商品。' },
  // joining
  code_wrong: { en: 'This code is not right. Check the message again.', zh: '验证码不正确，请再核对一下。' },
  code_expired: { en: 'This code is too old. Ask for another one.', zh: '验证码已过期，请重新获取。' },
  code_used_up: { en: 'Too many wrong tries. Ask for another code.', zh: '错误次数过多，请重新获取验证码。' },
  code_requests_limited: { en: 'Enough codes for now. Please wait a little.', zh: '获取验证码过于频繁，请稍候。' },
  consent_required: { en: 'We need your yes first.', zh: '需要先得到您的同意。' },
  consent_version_unknown: {
    en: 'The text has just changed. Please begin once more.',
    zh: '条款刚刚更新，请重新开始。',
  },
  pin_weak: {
    en: 'This PIN is too easy to guess. No birthdays, no counting.',
    zh: '此密码太容易被猜到。请不要用生日或连续数字。',
  },
  pin_differs: { en: 'The two differ. Choose once more.', zh: '两次输入不一致，请重新设置。' },
  current_pin_required: {
    en: 'There is a PIN already. Change it in your wallet.',
    zh: '已设置过支付密码，请在钱包中修改。',
  },
  pin_required_first: { en: 'A PIN is needed first.', zh: '需要先设置支付密码。' },
  face_required: { en: 'Your face could not be stored. Please try again.', zh: '未能保存面容，请再试一次。' },
  top_up_too_small: { en: 'That is too little to move.', zh: '金额太小。' },
  top_up_too_large: { en: 'That is more than can be topped up at once.', zh: '超过单次充值上限。' },
  balance_limit_exceeded: { en: 'Your wallet is full.', zh: '钱包余额已达上限。' },
  currency_not_supported: { en: 'Your wallet holds another currency.', zh: '您的钱包币种不同。' },
  session_invalid: {
    en: 'That took a while, so we signed you out. Please begin once more.',
    zh: '等待时间过长，已自动退出，请重新开始。',
  },
  // the line
  network_error: { en: 'No answer from the server. Please try again in a moment.', zh: '服务器没有回应，请稍后再试。' },
  bad_response: { en: 'The answer made no sense. Please try again in a moment.', zh: '回应有误，请稍后再试。' },
  internal_error: { en: 'Something broke on our side. Please try again.', zh: '我们这边出了点问题，请再试一次。' },
  server_closing: {
    en: 'The server is starting anew. Please try again in a moment.',
    zh: '服务器正在重启，请稍后再试。',
  },
  unavailable: { en: 'The server is not ready yet. Please try again in a moment.', zh: '服务器尚未就绪，请稍后再试。' },
  rate_limited: { en: 'That was a bit fast. Please wait a little.', zh: '操作有点快，请稍候。' },
  terminal_not_paired: {
    en: 'This counter is not set up yet. Please ask the staff.',
    zh: '此点餐机尚未设置，请询问店员。',
  },
  terminal_disabled: {
    en: 'This counter is switched off. Please order with the staff.',
    zh: '此点餐机已停用，请向店员点餐。',
  },
  terminal_unknown: {
    en: 'This counter is not set up yet. Please ask the staff.',
    zh: '此点餐机尚未设置，请询问店员。',
  },
  device_clock_off: {
    en: 'This counter’s clock is wrong. Please ask the staff.',
    zh: '此点餐机时间有误，请询问店员。',
  },
  other: { en: 'That did not work. Please try again.', zh: '操作未成功，请再试一次。' },
} as const satisfies Catalogue;
export type FailureCode = keyof typeof failureWords;

export function failureCode(code: string): FailureCode {
  return Object.hasOwn(failureWords, code) ? (code as FailureCode) : 'other';
}

/** A heading for the failures that fill a screen. */
export const failureTitles = {
  attack: { en: 'Is someone there?', zh: '有人在吗？' },
  undecided: { en: 'Not quite sure', zh: '还不确定' },
  light_unreadable: { en: 'A bright place', zh: '这里光线很强' },
  no_face: { en: 'Nobody in the mirror', zh: '镜子里没有人' },
  identification_failed: { en: 'That did not fit', zh: '信息不匹配' },
  payment_canceled: { en: 'The payment has expired', zh: '付款已过期' },
  payment_unknown: { en: 'Please ask the staff', zh: '请询问店员' },
  order_already_paid: { en: 'Paid already', zh: '已经付款' },
  scans_at_capacity: { en: 'A little patience', zh: '请稍候' },
  camera_unavailable: { en: 'The camera is resting', zh: '摄像头在休息' },
  network_error: { en: 'The line is down', zh: '网络中断' },
  other: { en: 'Let us try that again', zh: '我们再试一次' },
} as const satisfies Catalogue;

export function failureTitle(code: string): keyof typeof failureTitles {
  return Object.hasOwn(failureTitles, code) ? (code as keyof typeof failureTitles) : 'other';
}
