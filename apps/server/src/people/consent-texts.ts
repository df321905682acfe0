import { CONSENT_KINDS, type ConsentText, type Language } from '@smile/contract';

type Kind = (typeof CONSENT_KINDS)[number];
type Version = { readonly version: string; readonly texts: Readonly<Record<Language, string>> };

/**
 * The texts people agree to, by version. What somebody agreed to must stay readable: a version that was ever shown is
 * never edited; a new one is added at the end, and the last is the current one.
 */
const VERSIONS: Readonly<Record<Kind, readonly Version[]>> = {
  terms: [
    {
      version: 'terms-2026-11',
      texts: {
        en: [
          'Your wallet holds the money you put into it. You pay by looking at the camera of a shop, typing your phone number, and tapping Pay on a screen that shows the amount and the shop. Nobody is charged for being seen.',
          'If you did not make a payment, open its receipt and tap “This wasn’t me” within 13 months. Face pay stops at once. Up to a limit the amount is back in your wallet straight away; above it a person decides within five business days. It is for us to prove that you paid, not for you to prove that you did not.',
          'Keep your PIN to yourself. You can close your wallet at any time and take your money with you.',
        ].join('\n\n'),
        zh: [
          '钱包里的钱由您自己存入。付款时，请看向店内摄像头，输入手机号，并在显示金额和店名的屏幕上点按“付款”。仅仅被摄像头看到，绝不会扣款。',
          '如果某笔付款不是您本人所为，请在 13 个月内打开收据并点按“不是我”。刷脸支付会立即停用。限额以内的金额马上退回钱包；超出限额的，由工作人员在五个工作日内裁定。举证责任在我们，而不在您。',
          '请勿把支付密码告诉他人。您可以随时注销钱包并取回余额。',
        ].join('\n\n'),
      },
    },
  ],
  biometrics: [
    {
      version: 'biometrics-2026-11',
      texts: {
        en: [
          'To recognise you we turn a few views of your face into a row of numbers, a template. We keep the template encrypted, and nothing else: no photo, no video. The views are dropped as soon as the template is made.',
          'The template is compared only when you tap Smile to Pay and give your phone number, and only to tell whether you are the person with that number. We do not sell it, share it, or look for your face elsewhere. Shops never see it.',
          'This is your choice: paying with phone and PIN costs the same. You can take this consent back at any time; your template is then deleted at once.',
        ].join('\n\n'),
        zh: [
          '为了识别您，我们会把您面部的几个角度转换成一串数字，即“特征模板”。我们只加密保存这个模板：不保存照片，也不保存视频。模板生成后，画面立即丢弃。',
          '只有当您点按“微笑支付”并输入手机号时，才会比对模板，且仅用于判断您是否为该手机号的本人。我们不会出售、分享它，也不会在别处搜寻您的面孔。商家永远看不到它。',
          '是否同意由您决定：使用手机号和密码付款，价格相同。您可以随时撤回同意，模板会立即删除。',
        ].join('\n\n'),
      },
    },
  ],
};

export function currentConsentVersion(kind: Kind): string {
  return VERSIONS[kind][VERSIONS[kind].length - 1].version;
}

export function currentConsentTexts(language: Language): ConsentText[] {
  return CONSENT_KINDS.map((kind) => {
    const current = VERSIONS[kind][VERSIONS[kind].length - 1];
    return { kind, version: current.version, language, text: current.texts[language] };
  });
}
