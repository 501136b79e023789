import { html, nothing, type TemplateResult } from 'lit';
import { icon } from './icons';
import { type Progress } from './panelModel';
import { say } from './say';
import { textTemplate } from './textTemplate';
import { visibleText } from './visibleText';

/** What went wrong, with a way on. */
export function failureTemplate(why: string, retry: () => void, dismiss: () => void): TemplateResult {
	return html`<div class="banner bad" role="alert">
		${icon('error')}<span>${textTemplate(why, 600)}</span><button @click=${retry}>${say('Try Again')}</button>
		<button class="plain" aria-label=${say('Dismiss')} title=${say('Dismiss')} @click=${dismiss}>
			${icon('close')}
		</button>
	</div>`;
}

/** What takes long, how far it is, and a way to stop it. */
export function progressTemplate({ what, done, cancelling }: Progress, cancel: () => void): TemplateResult {
	const percent = Math.round(done * 100);
	return html`<div class="banner work">
		<span>${textTemplate(what, 200)}</span>
		<span
			class="meter"
			role="progressbar"
			aria-label=${visibleText(what, 200)}
			aria-valuemin="0"
			aria-valuemax="100"
			aria-valuenow=${percent}
			><span .style=${`width:${String(percent)}%`}></span
		></span>
		<span class="percent">${percent} %</span>
		<button ?disabled=${cancelling} @click=${cancel}>${cancelling ? say('Cancelling…') : say('Cancel')}</button>
	</div>`;
}

/** The list may grow at its end while older files are read. */
export function olderTemplate(cancel: () => void): TemplateResult {
	return html` <span class="older"
		>${say('looking through older segments…')} <button class="plain" @click=${cancel}>${say('Stop')}</button></span
	>`;
}

/** An empty trail: says what will stand here and how to get there. */
export function emptyTemplate(): TemplateResult {
	return html`<div class="empty">
		${icon('guard')}
		<p>${say('No calls yet. Guard a server, then ask your agent something.')}</p>
		<p class="quiet">
			${say('Run “MCP Firewall: Guard MCP Servers…” from the Command Palette. Every call is then listed here.')}
		</p>
	</div>`;
}

/** Filters that leave nothing. */
export function noMatchTemplate(clear: () => void, searching: boolean): TemplateResult {
	return html`<div class="empty">
		${icon('search')}
		<p>
			${searching ? say('Nothing found yet. Looking through older segments…') : say('No calls match these filters.')}
		</p>
		${searching ? nothing : html`<p class="quiet">${say('Remove one of them above, or all at once.')}</p>`}
		<button @click=${clear}>${say('Clear Filters')}</button>
	</div>`;
}
