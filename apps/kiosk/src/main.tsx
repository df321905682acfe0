import './no-eval.ts';
import '@smile/ui/look';
import './styles/shell.css';
import './styles/order.css';
import './styles/pay.css';
import './styles/pictures.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { connectTerminal } from './api.ts';
import { App } from './app.tsx';
import { Boundary } from './boundary.tsx';

const root = document.getElementById('kiosk');
if (!root) throw new Error('the page has no place for the kiosk');
// The counter's screen has no reason to open menus or to zoom.
document.addEventListener('contextmenu', (event) => event.preventDefault());
createRoot(root).render(
  <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
    <Boundary>
      <App terminal={connectTerminal(window.location.origin)} />
    </Boundary>
  </QueryClientProvider>,
);
