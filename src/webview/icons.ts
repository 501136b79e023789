import { html, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import { type IconName } from './words';

type Extra =
	| ('close' | 'guard' | 'search' | 'clear' | 'goto' | 'link')
	| ('down' | 'right' | 'left' | 'up' | 'flow' | 'export' | 'copy' | 'rule' | 'diff' | 'unknown');

const PATHS: Readonly<Record<IconName | Extra, SVGTemplateResult>> = {
	pass: svg`<circle cx="8" cy="8" r="6.5" /><path d="M5 8.3 7.2 10.5 11 6" />`,
	person: svg`<circle cx="6.5" cy="5" r="2.5" /><path d="M2 13.5c0-3 2-4.5 4.5-4.5.8 0 1.5.1 2.1.4M9.5 12l1.7 1.7L14.5 10" />`,
	slash: svg`<circle cx="8" cy="8" r="6.5" /><path d="M3.6 12.4 12.4 3.6" />`,
	shield: svg`<path d="M8 1.5 13.5 3.5V8c0 3.2-2.2 5.5-5.5 6.5C4.7 13.5 2.5 11.2 2.5 8V3.5Z" /><path d="M8 5v3.5M8 10.5v.6" />`,
	error: svg`<circle cx="8" cy="8" r="6.5" /><path d="M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6" />`,
	clock: svg`<circle cx="8" cy="8" r="6.5" /><path d="M8 4.5V8l2.5 1.5" />`,
	arrow: svg`<path d="M2 8h11.5M9.5 4l4 4-4 4" />`,
	eye: svg`<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8Z" /><circle cx="8" cy="8" r="2" />`,
	pulse: svg`<path d="M1 8.5h3l2-5 3.5 9.5 2-4.5H15" />`,
	guard: svg`<path d="M8 1.5 13.5 3.5V8c0 3.2-2.2 5.5-5.5 6.5C4.7 13.5 2.5 11.2 2.5 8V3.5Z" /><path d="M5.5 8l2 2 3.5-4" />`,
	close: svg`<path d="M3.5 3.5l9 9M12.5 3.5l-9 9" />`,
	search: svg`<circle cx="6.8" cy="6.8" r="4.3" /><path d="M10 10l4 4" />`,
	clear: svg`<path d="M2 3.5h12L9.5 9v4.5l-3-1.5V9Z" />`,
	goto: svg`<path d="M3 2.5h6l4 4v7H3Z" /><path d="M5.5 10h5M8.5 8l2 2-2 2" />`,
	down: svg`<path d="M4 6l4 4 4-4" />`,
	right: svg`<path d="M6 4l4 4-4 4" />`,
	left: svg`<path d="M10 4 6 8l4 4" />`,
	up: svg`<path d="M8 13V3.5M4 7.5l4-4 4 4" />`,
	flow: svg`<circle cx="4" cy="3.5" r="1.8" /><circle cx="12" cy="12.5" r="1.8" /><path d="M4 5.5V9c0 2 1.2 3.5 3.2 3.5H10" />`,
	export: svg`<path d="M8 10V2M5 4.5 8 1.8l3 2.7M3 8.5v5h10v-5" />`,
	copy: svg`<rect x="5.5" y="5.5" width="8" height="8" rx="1" /><path d="M3.5 10.5h-1v-8h8v1" />`,
	rule: svg`<path d="M2.5 4h11M2.5 8h6M2.5 12h4M11.5 8.5v5M9 11h5" />`,
	diff: svg`<path d="M8 2v6M5 5h6M5 12.5h6" />`,
	unknown: svg`<circle cx="8" cy="8" r="6.5" /><path d="M6.2 6.4a1.8 1.8 0 1 1 2.6 1.7c-.6.3-.8.6-.8 1.3M8 11.3v.3" />`,
	link: svg`<rect x="1.5" y="5.5" width="6.5" height="5" rx="2.5" /><rect x="8" y="5.5" width="6.5" height="5" rx="2.5" />`,
};

/** A 16 px line icon in the colour of the text around it. Decoration: the word beside it says the same. */
export function icon(name: keyof typeof PATHS): TemplateResult {
	return html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
		${PATHS[name]}
	</svg>`;
}
