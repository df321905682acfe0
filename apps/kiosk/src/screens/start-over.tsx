import { Button, Dialog } from '@smile/ui';
import { useKiosk } from '../kiosk-context.tsx';

export function StartOverDialog({ onYes, onNo }: { readonly onYes: () => void; readonly onNo: () => void }) {
  const { t } = useKiosk();
  return (
    <Dialog
      title={t('over.title')}
      testId="start-over-dialog"
      actions={
        <>
          <Button kind="primary" wide onPress={onNo} testId="start-over-no">
            {t('over.no')}
          </Button>
          <Button wide onPress={onYes} testId="start-over-yes">
            {t('over.yes')}
          </Button>
        </>
      }
    >
      <p>{t('over.text')}</p>
    </Dialog>
  );
}
