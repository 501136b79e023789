import { readPanelRequest } from '../../src/shared/readPanelRequest';
import { type PanelRequest } from '../../src/shared/panelProtocol';
import { FakeHost, makeEntries, makeEntry } from './entries';

/** Runs in the page before the panel: VS Code's webview API over a trail in memory. `window.fake` is for the test. */
const options = new URLSearchParams(window.location.search);
const now = Date.now();
const host = new FakeHost(makeEntries(Number(options.get('entries') ?? '500'), now));
const delay = Number(options.get('delay') ?? '5');
const requests: PanelRequest[] = [];
const STATE = 'fake-state';

function post(message: unknown): void {
	window.postMessage(message, '*');
}

const fake = {
	host,
	requests,
	rejected: 0,
	/** Answers the last query once more. */
	again(): void {
		const query = requests.findLast(request => request.kind === 'query');
		post(query && host.answer(query));
	},
	/** Any message of the host. */
	post,
	grow(count: number): void {
		for (let added = 0; added < count; added++) {
			host.entries.push(makeEntry(host.entries.length, Date.now()));
		}
		post({ kind: 'grown' });
	},
	state: () => JSON.parse(sessionStorage.getItem(STATE) ?? 'null') as unknown,
};

Object.assign(window, {
	fake,
	acquireVsCodeApi: () => ({
		postMessage(value: unknown) {
			const request = readPanelRequest(value);
			if (request === undefined) {
				fake.rejected++;
				return;
			}
			requests.push(request);
			const answer = host.answer(request);
			if (answer !== undefined) {
				window.setTimeout(() => post(answer), delay);
			}
		},
		getState: fake.state,
		setState(state: unknown) {
			sessionStorage.setItem(STATE, JSON.stringify(state));
		},
	}),
});
