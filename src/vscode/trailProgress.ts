import * as vscode from 'vscode';
import { isAborted, type Job } from './panelWork';

/** Runs a job behind a notification with its progress, which can be cancelled there; undefined where it was. */
export async function withTrailProgress<T>(what: string, job: Job<T>): Promise<T | undefined> {
	return vscode.window.withProgress(
		{ location: vscode.ProgressLocation.Notification, title: `MCP Firewall: ${what}`, cancellable: true },
		async (progress, token) => {
			const stop = new AbortController();
			token.onCancellationRequested(() => {
				stop.abort();
			});
			let told = 0;
			const onProgress = (done: number) => {
				const percent = Math.floor(Math.min(Math.max(done, 0), 1) * 100);
				if (percent > told) {
					progress.report({ increment: percent - told, message: `${String(percent)} %` });
					told = percent;
				}
			};
			try {
				return await job(stop.signal, onProgress);
			} catch (error) {
				if (isAborted(error) && stop.signal.aborted) {
					return undefined;
				}
				throw error;
			}
		},
	);
}
