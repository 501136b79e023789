import { type ReviewAsk, type ReviewMessage } from '../shared/reviewProtocol';

/** The only way out of the review editor's page. */
export interface ReviewHost {
	post(ask: ReviewAsk): void;
	/** Listens until the page goes away. */
	listen(receive: (message: ReviewMessage) => void): void;
}

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

/** Connects to VS Code's webview API; may be called once per page, as the API allows no more. */
export function connectReviewHost(): ReviewHost {
	const api = acquireVsCodeApi();
	return {
		post: ask => {
			api.postMessage(ask);
		},
		listen: receive => {
			window.addEventListener('message', (event: MessageEvent<unknown>) => {
				if (isReviewMessage(event.data)) {
					receive(event.data);
				}
			});
		},
	};
}

function isReviewMessage(value: unknown): value is ReviewMessage {
	return (
		typeof value === 'object' &&
		value !== null &&
		'kind' in value &&
		['page', 'reread', 'refused'].includes(String(value.kind))
	);
}
