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
 * Runs every declared suite (tests whose "suite › test" contains `grep`).
 *
 * @param {(options: { name: string, product: boolean }) => Promise<any>} start makes the editor
 * @param {string} [grep]
 * @returns {Promise<{ passed: number, failed: number, skipped: number }>} an editor that does not start fails every test
 */
export async function runSuites(start, grep = '') {
	const counts = { passed: 0, failed: 0, skipped: 0 };
	for (const { title, options, tests } of suites) {
		const chosen = tests.filter(({ name }) => `${title} › ${name}`.includes(grep));
		counts.skipped += tests.length - chosen.length;
		if (!chosen.length) continue;
		console.log(title);
		let editor;
		try {
			editor = await start({ name: slug(title), ...options });
		} catch (error) {
			counts.failed += chosen.length;
			console.log(`  ✗ the editor did not start: ${error.stack}`);
			continue;
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
				console.log(`  ✗ ${test.name} (${took})\n${indent(problem.stack ?? String(problem))}\n    ${picture}`);
			} else {
				counts.passed++;
				console.log(`  ✓ ${test.name} (${took})`);
			}
		}
		await editor.stop();
	}
	return counts;
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
