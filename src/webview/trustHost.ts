import { type TrustAsk, type TrustMessage } from '../shared/trustProtocol';

/** The only way out of the trust card's page. */
export interface TrustHost {
	post(ask: TrustAsk): void;
	/** Listens until the page goes away. */
	listen(receive: (message: TrustMessage) => void): void;
}

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

/** Connects to VS Code's webview API; may be called once per page, as the API allows no more. */
export function connectTrustHost(): TrustHost {
	const api = acquireVsCodeApi();
	return {
		post: ask => {
			api.postMessage(ask);
		},
		listen: receive => {
			window.addEventListener('message', (event: MessageEvent<unknown>) => {
				if (isTrustMessage(event.data)) {
					receive(event.data);
				}
			});
		},
	};
}

function isTrustMessage(value: unknown): value is TrustMessage {
	return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'card';
}
