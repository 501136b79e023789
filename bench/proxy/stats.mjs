/** The p-th part (0 to 1) of numbers, between neighbours where it falls between. */
export function quantile(numbers, p) {
	const sorted = Float64Array.from(numbers).sort();
	const at = (sorted.length - 1) * p;
	const low = Math.floor(at);
	const high = Math.min(low + 1, sorted.length - 1);
	return sorted.length === 0 ? Number.NaN : sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

export function median(numbers) {
	return quantile(numbers, 0.5);
}

/** 95 % interval of the median, by 2,000 resamples with a fixed seed, so that a table can be had again from its data. */
export function interval(numbers) {
	let seed = 12_345;
	const random = () => {
		seed = (seed * 48_271) % 2_147_483_647;
		return seed / 2_147_483_647;
	};
	const pick = () => numbers[Math.floor(random() * numbers.length)];
	const medians = Array.from({ length: 2_000 }, () => median(numbers.map(pick)));
	return [quantile(medians, 0.025), quantile(medians, 0.975)];
}

/** Fisher and Yates; a fresh order for every round. */
export function shuffled(items) {
	const copy = [...items];
	for (let at = copy.length - 1; at > 0; at--) {
		const other = Math.floor(Math.random() * (at + 1));
		[copy[at], copy[other]] = [copy[other], copy[at]];
	}
	return copy;
}

export function table(head, rows) {
	const lines = [head, ...rows].map(cells => cells.map(String));
	const widths = head.map((_, column) => Math.max(...lines.map(cells => cells[column].length)));
	const show = cells =>
		cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ');
	console.log(
		[show(lines[0]), widths.map(width => '-'.repeat(width)).join('  '), ...lines.slice(1).map(show)].join('\n'),
	);
}
