import { type AuditFilter } from '../shared/auditView';
import { type PanelMessage, type PanelRequest } from '../shared/panelProtocol';
import { readFilter } from '../shared/readPanelRequest';

/** What the panel keeps while its tab is hidden or the window reloads. */
export interface SavedState {
	readonly filter: AuditFilter;
	/** Id of the entry that is open. */
	readonly open?: string;
	/** Index of the row at the top of the list. */
	readonly top: number;
	/** Id of the session that is shown instead of the list. */
	readonly session?: string;
	/** The overview is folded away. */
	readonly folded?: true;
}

/** The only way out of the webview. */
export interface Host {
	post(request: PanelRequest): void;
	/** Listens until the page goes away. */
	listen(receive: (message: PanelMessage) => void): void;
	load(): SavedState;
	save(state: SavedState): void;
}

declare function acquireVsCodeApi(): {
	postMessage(message: unknown): void;
	getState(): unknown;
	setState(state: unknown): void;
};

/** Connects to VS Code's webview API; may be called once per page, as the API allows no more. */
export function connectHost(): Host {
	const api = acquireVsCodeApi();
	return {
		post: request => {
			api.postMessage(request);
		},
		listen: receive => {
			window.addEventListener('message', (event: MessageEvent<unknown>) => {
				if (isPanelMessage(event.data)) {
					receive(event.data);
				}
			});
		},
		load: () => readState(api.getState()),
		save: state => {
			api.setState(state);
		},
	};
}

const KINDS: ReadonlySet<string> = new Set<PanelMessage['kind']>([
	...(['page', 'entry', 'chain', 'grown', 'failed', 'overview', 'session', 'progress', 'show', 'waiting'] as const),
]);

function isPanelMessage(value: unknown): value is PanelMessage {
	return isRecord(value) && KINDS.has(String(value.kind));
}

function readState(value: unknown): SavedState {
	if (!isRecord(value)) {
		return { filter: {}, top: 0 };
	}
	const { filter, open, top, session, folded } = value;
	return {
		filter: isRecord(filter) ? readFilter(filter) : {},
		top: typeof top === 'number' && Number.isSafeInteger(top) && top > 0 ? top : 0,
		...(typeof open === 'string' && { open }),
		...(typeof session === 'string' && { session }),
		...(folded === true && { folded }),
	};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
