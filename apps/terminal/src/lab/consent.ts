import type { Language } from '@smile/contract';

/** What has to be agreed to before frames of attempts are kept. */
export const CONSENT: Readonly<Record<Language, string>> = {
  en: 'Everybody who will stand before the camera, and everybody whose likeness is shown to it, has agreed in writing that colour and depth pictures of the attempts are kept in this folder, for testing this terminal and for nothing else, and knows how to have them deleted.',
  zh: '所有将站在镜头前的人，以及肖像将被展示给镜头的人，均已书面同意：测试中的彩色与深度图像保存在此文件夹，仅用于测试本终端，不作他用，并知道如何要求删除。',
};
