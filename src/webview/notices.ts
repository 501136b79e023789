import { html, type TemplateResult } from 'lit';
import { icon } from './icons';
import { textTemplate } from './textTemplate';

/** What went wrong, with a way on. */
export function failureTemplate(why: string, retry: () => void, dismiss: () => void): TemplateResult {
	return html`<div class="banner bad" role="alert">
		${icon('error')}<span>${textTemplate(why, 600)}</span><button @click=${retry}>Try Again</button>
		<button class="plain" aria-label="Dismiss" title="Dismiss" @click=${dismiss}>${icon('close')}</button>
	</div>`;
}

/** An empty trail: says what will stand here and how to get there. */
export function emptyTemplate(): TemplateResult {
	return html`<div class="empty">
		${icon('guard')}
		<p>No calls yet. Guard a server, then ask your agent something.</p>
		<p class="quiet">
			Run “MCP Firewall: Guard MCP Servers…” from the Command Palette. Every call is then listed here.
		</p>
	</div>`;
}

/** Filters that leave nothing. */
export function noMatchTemplate(clear: () => void): TemplateResult {
	return html`<div class="empty">
		${icon('search')}
		<p>No calls match these filters.</p>
		<button @click=${clear}>Clear Filters</button>
	</div>`;
}
