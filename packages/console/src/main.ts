import './styles/console.css';
import { App } from './app';
import { AuthStore } from './auth-store';
import { loadSettings } from './settings';
import { applyTheme, onSystemThemeChange, themeFor } from './themes';

const settings = loadSettings();
settings.watch(({ theme }) => applyTheme(themeFor(theme)));
// A new object with the same values tells everyone who draws with colours.
onSystemThemeChange(() => settings.set({ ...settings.value }));

const root = document.getElementById('app');
if (root) void new App(root, new AuthStore(), settings).start();
