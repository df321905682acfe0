/** What the three web apps share to look alike: type, colour, measures, the few widgets. Files only; nothing is fetched elsewhere. */
import '@fontsource-variable/bricolage-grotesque/index.css';
import '@fontsource-variable/figtree/index.css';
import './tokens.css';
import './widgets.css';
