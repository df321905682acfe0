export { Button, type ButtonKind, type ButtonProps, IconButton, type IconButtonProps } from './button.tsx';
export { Dialog, type DialogProps } from './dialog.tsx';
export { decimalText, formatMoney, formatMoneyDelta } from './formats.ts';
export { Icon, type IconName } from './icon.tsx';
export { DigitSlots, Keypad, type KeypadProps } from './keypad.tsx';
export { LanguageSwitch, type LanguageSwitchProps } from './language-switch.tsx';
export { SmileMark, Wordmark } from './smile-mark.tsx';
export { Stepper, type StepperProps } from './stepper.tsx';
export {
  type Catalogue,
  type Entry,
  holesOf,
  localeOf,
  type PluralForms,
  type Translate,
  translator,
  type Values,
} from './words.ts';
