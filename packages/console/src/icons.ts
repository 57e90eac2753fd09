/** Outlines on a 24-unit grid, drawn with the text's colour. */
const PATHS = {
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4',
  gear: 'M4 7h9M19 7h1M4 17h1M11 17h9M16 4.5v5M8 14.5v5',
  help: 'M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5v.01',
  menu: 'M4 7h16M4 12h16M4 17h16',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  chevron: 'M7 10l5 5 5-5',
  up: 'M6 15l6-6 6 6',
  down: 'M6 9l6 6 6-6',
  bell: 'M6 16.5V11a6 6 0 1 1 12 0v5.5l1.5 1.5h-15zM10.5 21h3',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  folder:
    'M3.5 7V18a1.5 1.5 0 0 0 1.5 1.5h14a1.5 1.5 0 0 0 1.5-1.5V9A1.5 1.5 0 0 0 19 7.5h-7L10 5H5a1.5 1.5 0 0 0-1.5 1.5z',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.7-3.600 3.700-5.5 7.5-5.5s6.800 1.900 7.5 5.5',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.6-3.2 3.200-5 6.500-5s5.900 1.800 6.500 5M15.500 4.300a3.500 3.500 0 0 1 0 6.400M17.500 14.900c2.200.6 3.600 2.200 4 4.600',
  prompt: 'M6 8l4.5 4L6 16M13 16.5h5',
  warning: 'M12 4l9 16H3zM12 10v4.5M12 17.300v.01',
  info: 'M12 11v5.5M12 7.5v.01M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z',
  sidebar: 'M4 5h16v14H4zM9.5 5v14',
  spark:
    'M12 3.5v4M12 16.500v4M3.500 12h4M16.500 12h4M6 6l2.800 2.800M15.200 15.200L18 18M18 6l-2.800 2.800M8.800 15.200L6 18',
  hand: 'M8 13V6.500a1.500 1.500 0 0 1 3 0V11M11 10V5a1.500 1.500 0 0 1 3 0v6M14 11V7a1.500 1.500 0 0 1 3 0v8.500a5 5 0 0 1-5 5h-.500a5 5 0 0 1-4.300-2.400l-3.300-5.400a1.500 1.500 0 0 1 2.500-1.700L8 13',
  question: 'M4.500 5h15v11h-8l-4 3.500V16h-3zM10 8.800a2 2 0 1 1 2.600 2c-.500.200-.6.600-.6 1.100M12 13.700v.01',
  chat: 'M4.500 5h15v11h-8l-4 3.500V16h-3zM8.500 9h7M8.500 12h4',
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 7.500V12l3 2',
  offline: 'M7 18.500h10a3.800 3.800 0 0 0 .8-7.500A6 6 0 0 0 6.500 9.600 4.500 4.500 0 0 0 7 18.500zM4 4l16 16',
  moon: 'M19.500 14.500a8 8 0 0 1-10-10 8 8 0 1 0 10 10z',
  stop: 'M7 7h10v10H7z',
  keyboard: 'M3.5 7h17v10h-17zM7 10h.01M10.300 10h.01M13.700 10h.01M17 10h.01M8 14h8',
} as const;

export type IconName = keyof typeof PATHS;

const SVG = 'http://www.w3.org/2000/svg';

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

/** The mark: a prompt that holds. */
export function logo(): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 32 32');
  svg.setAttribute('class', 'logo');
  svg.setAttribute('aria-hidden', 'true');
  for (const [name, d] of [
    ['logo-plate', 'M8 0h16a8 8 0 0 1 8 8v16a8 8 0 0 1-8 8H8a8 8 0 0 1-8-8V8a8 8 0 0 1 8-8z'],
    ['logo-prompt', 'M8 10l6 6-6 6'],
    ['logo-cursor', 'M17 22.5h7'],
  ] as const) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('class', name);
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}
