import { isJsonObject, type JsonValue } from '../base/json';

/** Tasks that are remembered; the oldest gives way, and its result then counts as unknown data. */
const MAX_TASKS = 1024;
const MAX_ID = 256;

/** What is remembered of the call that started a task. */
export interface TaskCall {
	readonly tool: string;
	readonly capability: string;
	/** Rules with limits that let it pass. */
	readonly rules: readonly string[];
}

/**
 * Which call a task belongs to (MCP 2025-11-25 basic/utilities/tasks: a `tools/call` with `task` is answered by
 * `{task: {taskId}}`, and its result comes by `tasks/result`; as an extension of 2026-07-28: by `{resultType: 'task', taskId}`,
 * and its result by `tasks/get`). Ids are of the server's choice, and count for it alone: one
 * that it gives out twice for different capabilities belongs to none. In memory, bounded.
 */
export class TaskCalls {
	private readonly calls = new Map<string, TaskCall | undefined>();

	/** Notes the task that an answer announces, where it does. */
	started(server: string, answer: JsonValue | undefined, call: TaskCall): void {
		const announced = isJsonObject(answer) && answer.resultType === 'task' ? answer : undefined;
		const task = isJsonObject(answer) ? (answer.task ?? announced) : undefined;
		const id = isJsonObject(task) ? task.taskId : undefined;
		if (typeof id !== 'string' || id.length > MAX_ID) {
			return;
		}
		const key = keyOf(server, id);
		const known = this.calls.get(key);
		const differs = this.calls.has(key) && known?.capability !== call.capability;
		this.calls.delete(key);
		this.calls.set(key, differs ? undefined : call);
		for (const oldest of [...this.calls.keys()].slice(0, Math.max(0, this.calls.size - MAX_TASKS))) {
			this.calls.delete(oldest);
		}
	}

	find(server: string, id: string): TaskCall | undefined {
		return this.calls.get(keyOf(server, id));
	}
}

function keyOf(server: string, id: string): string {
	return JSON.stringify([server, id]);
}
