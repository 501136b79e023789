const suites = [];

/**
 * Declares a suite: its tests run one after the other in one editor, in the order in which `define` names them.
 *
 * @param {string} title
 * @param {{ product: boolean, settings?: Record<string, unknown>, env?: Record<string, string> }} options see startEditor
 * @param {(test: (title: string, body: (editor: Awaited<ReturnType<typeof import('./editor.mjs').startEditor>>) =>
 *     Promise<void>, timeoutMs?: number) => void) => void} define
 */
export function suite(title, options, define) {
	const tests = [];
	define((name, body, timeoutMs = 300_000) => tests.push({ name, body, timeoutMs }));
	suites.push({ title, options, tests });
}

/**
 * Runs every declared suite (tests whose "suite › test" contains `grep`), several at once: an editor mostly waits, and each has
 * a profile, a home and a workspace of its own. What a suite did is told as a whole when it is over.
 *
 * @param {(options: { name: string, product: boolean }) => Promise<any>} start makes the editor
 * @param {string} [grep]
 * @param {number} [lanes] editors at the same time
 * @returns {Promise<{ passed: number, failed: number, skipped: number }>} an editor that does not start fails every test
 */
export async function runSuites(start, grep = '', lanes = 1) {
	const counts = { passed: 0, failed: 0, skipped: 0 };
	const waiting = suites.map(each => ({
		...each,
		chosen: each.tests.filter(({ name }) => `${each.title} › ${name}`.includes(grep)),
	}));
	// The longest first, so that none is left to run alone at the end.
	waiting.sort((one, other) => other.chosen.length - one.chosen.length);
	const lane = async () => {
		for (let next = waiting.shift(); next; next = waiting.shift()) await runSuite(start, next, counts, lanes === 1);
	};
	await Promise.all(Array.from({ length: lanes }, lane));
	return counts;
}

async function runSuite(start, { title, options, tests, chosen }, counts, atOnce) {
	counts.skipped += tests.length - chosen.length;
	if (!chosen.length) return;
	const lines = [];
	const tell = line => (atOnce ? console.log(line) : lines.push(line));
	const began = performance.now();
	tell(title);
	let editor;
	try {
		editor = await start({ name: slug(title), ...options });
	} catch (error) {
		counts.failed += chosen.length;
		console.log([...lines, `  ✗ the editor did not start: ${error.stack}`].join('\n'));
		return;
	}
	for (const test of chosen) {
		const started = performance.now();
		const problem = await runOne(test, editor);
		const took = `${((performance.now() - started) / 1000).toFixed(1)} s`;
		if (problem) {
			counts.failed++;
			const picture = await editor.workbench
				.screenshot(`failed-${slug(`${title}-${test.name}`)}`)
				.catch(() => 'no picture');
			tell(`  ✗ ${test.name} (${took})\n${indent(problem.stack ?? String(problem))}\n    ${picture}`);
		} else {
			counts.passed++;
			tell(`  ✓ ${test.name} (${took})`);
		}
	}
	await editor.stop().catch(error => tell(`  the editor was not cleared away: ${error.message}`));
	tell(`  ${((performance.now() - began) / 1000).toFixed(0)} s with its editor`);
	if (!atOnce) console.log(lines.join('\n'));
}

async function runOne({ name, body, timeoutMs }, editor) {
	let timer;
	const deadline = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`"${name}" took longer than ${timeoutMs / 1000} s`)), timeoutMs);
	});
	try {
		await Promise.race([body(editor), deadline]);
		return undefined;
	} catch (error) {
		return error instanceof Error ? error : new Error(String(error));
	} finally {
		clearTimeout(timer);
	}
}

function slug(text) {
	return text
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-|-$/g, '');
}

function indent(text) {
	return text.replace(/^/gm, '    ');
}
