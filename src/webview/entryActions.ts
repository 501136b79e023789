import { html, nothing, type TemplateResult } from 'lit';
import { type PanelRequest } from '../shared/panelProtocol';
import { icon } from './icons';
import { type Entry } from './panelModel';
import { say } from './say';

/** What the buttons of an entry do: ask the host, show its session in the panel, or copy it. */
export interface EntryActions {
	readonly ask: (request: PanelRequest) => void;
	readonly session: (id: string) => void;
	readonly copy: () => void;
	/** The copy was made a moment ago. */
	readonly copied: boolean;
}

/** The buttons of an entry; only those that lead somewhere. */
export function entryActions(entry: Entry, { ask, session, copy, copied }: EntryActions): TemplateResult {
	const { id, session: sessionId } = entry;
	const button = (name: Parameters<typeof icon>[0], word: string, title: string, act: () => void) =>
		html`<button title=${title} @click=${act}>${icon(name)}${word}</button>`;
	return html`<div class="actions" role="group" aria-label=${say('Actions')}>
		${
			entry.outcome === 'withheld'
				? button('eye', say('Show Withheld Answer…'), say('Look at the answer that was held back'), () =>
						ask({ kind: 'withheld', id }),
					)
				: nothing
		}
		${
			entry.verdict === undefined
				? nothing
				: button(
						'goto',
						say('Why?'),
						entry.verdict.rule === undefined
							? say('Show how near each rule is')
							: say('Go to the line of the rule that decided'),
						() => ask({ kind: 'why', id }),
					)
		}
		${
			canBeRule(entry)
				? button('rule', say('Create Rule from This…'), say('Propose a rule for calls like this one'), () =>
						ask({ kind: 'rule', id }),
					)
				: nothing
		}
		${
			hasDiff(entry)
				? button('diff', say('Show Diff'), say('Show what this call changes, as a diff'), () =>
						ask({ kind: 'diff', id }),
					)
				: nothing
		}
		${
			sessionId === undefined
				? nothing
				: button('flow', say('Show Session'), say('Show the session that this belongs to, as a story'), () =>
						session(sessionId),
					)
		}
		${button('copy', copied ? say('Copied') : say('Copy as JSON'), say('Copy the masked entry'), copy)}
	</div>`;
}

/** A rule speaks of capability and tool, so both must be known. */
export function canBeRule({ kind, tool, capability }: Entry): boolean {
	return kind === 'call' && tool !== undefined && capability !== undefined;
}

/** There is something to compare: files were touched, or a call that writes names paths and says what. */
export function hasDiff({ kind, touched, paths, capability, arguments: args }: Entry): boolean {
	const writes = capability !== undefined && /^filesystem\.(?!read|list)/u.test(capability);
	return (
		kind === 'call' && ((touched ?? []).length > 0 || (writes && (paths ?? []).length > 0 && args !== undefined))
	);
}
