import type { Claim, Language, Receipt } from '@smile/contract';

type Words = {
  readonly receipt: string;
  readonly order: string;
  readonly total: string;
  readonly paidAt: string;
  readonly methods: Readonly<Record<Receipt['method'], string>>;
  readonly otherLanguage: string;
  readonly notMe: string;
  readonly notMeIntro: string;
  readonly notMeSteps: readonly string[];
  readonly confirm: string;
  readonly back: string;
  readonly claimTitle: string;
  readonly claimStates: Readonly<Record<Claim['state'], string>>;
  readonly frozen: string;
  readonly reason: string;
  readonly tooLate: string;
  readonly unknown: string;
};

export const RECEIPT_WORDS: Readonly<Record<Language, Words>> = {
  en: {
    receipt: 'Receipt',
    order: 'Order',
    total: 'Total',
    paidAt: 'Paid',
    methods: { face_and_phone: 'with face and phone number', phone_and_pin: 'with phone number and PIN' },
    otherLanguage: '中文',
    notMe: 'This wasn’t me',
    notMeIntro: 'If you did not make this payment, tell us here. This is what happens then:',
    notMeSteps: [
      'Face pay stops at once, at every shop. Phone and PIN go on working.',
      'Up to a limit the amount is back in your wallet straight away. Above it a person looks into it and answers within five business days.',
      'It is for us to prove that the payment was yours. If we do, the amount is taken back, and you are told why.',
    ],
    confirm: 'This wasn’t me: stop face pay and claim the amount',
    back: 'Back to the receipt',
    claimTitle: 'Your claim',
    claimStates: {
      credited: 'The amount is back in your wallet.',
      under_review: 'We look into it and answer within five business days.',
      accepted: 'We agree: this was not you. The amount is yours.',
      rejected: 'We found that the payment was made by you.',
    },
    frozen: 'Face pay is stopped.',
    reason: 'The reason',
    tooLate: 'Claims are accepted for 13 months after a payment. Please write to us.',
    unknown: 'There is no such receipt. Please use the whole link.',
  },
  zh: {
    receipt: '收据',
    order: '订单',
    total: '合计',
    paidAt: '付款时间',
    methods: { face_and_phone: '刷脸加手机号付款', phone_and_pin: '手机号加密码付款' },
    otherLanguage: 'English',
    notMe: '不是我付的',
    notMeIntro: '如果这笔款不是您付的，请在这里告诉我们。随后会：',
    notMeSteps: [
      '在所有店铺立即停用刷脸支付。手机号加密码仍可使用。',
      '限额以内的金额马上退回您的钱包；超出限额的，由工作人员核查，五个工作日内答复。',
      '举证责任在我们。如果证明确由您付款，金额会收回，并向您说明理由。',
    ],
    confirm: '不是我付的：停用刷脸支付并申请退款',
    back: '返回收据',
    claimTitle: '您的申诉',
    claimStates: {
      credited: '金额已退回您的钱包。',
      under_review: '我们正在核查，五个工作日内答复。',
      accepted: '我们确认：这不是您付的。金额归您。',
      rejected: '我们查明这笔款由您支付。',
    },
    frozen: '刷脸支付已停用。',
    reason: '理由',
    tooLate: '付款后 13 个月内可以申诉。请写信给我们。',
    unknown: '没有这张收据。请使用完整链接。',
  },
};
