// The weights of all folds, trained by as many workers as there are processors.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { keep } from './cache.mjs';
import { FOLDS } from './sources.mjs';

/** By fold: the weights of the model that saw none of its sources. */
export async function weightsOfFolds(items, sizes) {
	const kept = keep(items.filter(({ learnt }) => learnt).map(item => ({ ...item, row: undefined })));
	try {
		const left = FOLDS.map((_, fold) => fold);
		const found = [];
		const workers = Array.from({ length: Math.min(availableParallelism(), FOLDS.length) }, () =>
			work(
				new Worker(new URL('foldWorker.mjs', import.meta.url), { workerData: { file: kept.file, sizes } }),
				left,
				found,
			),
		);
		await Promise.all(workers);
		return found;
	} finally {
		kept.remove();
	}
}

function work(worker, left, found) {
	return new Promise((resolve, reject) => {
		const next = () => worker.postMessage(left.shift());
		worker.on('message', ({ fold, weights }) => {
			found[fold] = weights;
			console.error(`without ${FOLDS[fold].measured.join(', ') || 'nothing'}: done`);
			next();
		});
		worker.on('error', reject);
		worker.on('exit', resolve);
		next();
	});
}
