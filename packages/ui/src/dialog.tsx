import { type ReactNode, useEffect, useRef } from 'react';

export type DialogProps = {
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions: ReactNode;
  readonly testId?: string;
};

/** Stands before everything else until it is answered; the browser keeps the focus inside. */
export function Dialog({ title, children, actions, testId }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      className="dialog"
      aria-label={title}
      onCancel={(event) => event.preventDefault()}
      data-testid={testId}
    >
      <h2>{title}</h2>
      <div className="dialog-body">{children}</div>
      <div className="dialog-actions">{actions}</div>
    </dialog>
  );
}
