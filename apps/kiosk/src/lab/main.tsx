import '../no-eval.ts';
import '@smile/ui/look';
import './lab.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { connectTerminal } from '../api.ts';
import { connectLab } from './api.ts';
import { LabApp } from './lab-app.tsx';

const root = document.getElementById('lab');
if (!root) throw new Error('the page has no place for the lab');
createRoot(root).render(
  <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
    <LabApp terminal={connectTerminal(window.location.origin)} lab={connectLab(window.location.origin)} />
  </QueryClientProvider>,
);
