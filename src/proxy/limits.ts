/**
 * The figures that bound what a peer can make the proxy do. Sources: spec/wire.md §2 (gates) and §5.1 (design
 * answers).
 */

const MIB = 1024 * 1024;

/** Longest line from a stdio peer and largest HTTP body, bytes. */
export const MAX_LINE_BYTES = 32 * MIB;
/** How much of an over-long line is kept, so that the request it answers can still be settled. */
export const OVERSIZE_HEAD_BYTES = 4096;
/** An over-long line that goes on for this many caps is not a line any more; the upstream is stopped. */
export const RUNAWAY_CAPS = 8;

/** Milliseconds without answer and without progress after which a forwarded request is given up. */
export const REQUEST_DEADLINE_MS = 5 * 60_000;
/** Requests in flight per direction and session; more are refused. */
export const MAX_CLIENT_REQUESTS = 1024;
export const MAX_SERVER_REQUESTS = 256;
/**
 * Ids given up by us whose late answer is still awaited, so that it cannot be taken for the answer to a new request.
 */
export const MAX_ABANDONED_IDS = 1024;

/** Bytes that may wait inside the relay before the peer that sends them is no longer read. */
export const HIGH_WATER_BYTES = 16 * MIB;
/** What a small message costs in that sum, so that a flood of tiny ones is bounded as well. */
export const MIN_MESSAGE_COST = 16 * 1024;

/** Malformed messages told one by one per session and side; the rest is summed up at the end. */
export const NOISE_TOLD = 5;

/**
 * Graces of the stop ladder, milliseconds (MCP 2025-11-25 lifecycle#shutdown): stdin closed, then SIGTERM, then
 * SIGKILL.
 */
export const STOP_AFTER_CLOSE_MS = 2_000;
export const STOP_AFTER_TERM_MS = 2_000;
/** How long a killed child may take to be reaped before we stop waiting for it. */
export const REAP_MS = 2_000;
/** After a child exits, how long output that is still in its pipe is waited for. */
export const EXIT_DRAIN_MS = 250;
/** How long answers that are being made may take when a session closes. */
export const CLOSE_SETTLE_MS = 1_000;

/** Bytes of stderr kept per upstream, longest line that is told, and lines told per second. */
export const STDERR_RING_CHARS = 64 * 1024;
export const STDERR_LINE_CHARS = 2_048;
export const STDERR_LINES_PER_SECOND = 100;

/**
 * HTTP face: slow headers, slow bodies, first keep-alive (the answer turns into a stream), later ones; milliseconds.
 */
export const HEADERS_TIMEOUT_MS = 10_000;
/** Bytes of a request's head; what an editor sends is below 1 kB (spec/wire.md H-bigheader). */
export const MAX_HEADER_BYTES = 16 * 1024;
/** Lines of a request's head; node counts no further by itself. */
export const MAX_HEADERS = 100;
/** Connections at once, of a whole window; more are dropped before a byte is read (H-slowloris). */
export const MAX_CONNECTIONS = 1024;
export const BODY_TIMEOUT_MS = 30_000;
export const STREAM_AFTER_MS = 5_000;
export const KEEPALIVE_MS = 15_000;
/** A client that takes nothing for so long while something waits for it is cut off. */
export const STALLED_CLIENT_MS = 30_000;
/** Messages and bytes that wait for a client's GET stream. */
export const MAX_QUEUED_MESSAGES = 256;
export const MAX_QUEUED_BYTES = 8 * MIB;
/** Sessions per server; the least recently used one without an open response makes room. */
export const MAX_SESSIONS_PER_SERVER = 16;
/** Bytes of requests in flight per direction and session; more are refused. */
export const MAX_REQUEST_BYTES = 128 * MIB;

/** What a stdio client that closed its output may still get answers for, milliseconds. */
export const LAST_ANSWERS_MS = 2_000;

/**
 * Reading a server's tools for review: the whole of it, pages, tools, and lists if the server keeps changing its
 * mind.
 */
export const INSPECT_DEADLINE_MS = 30_000;
export const MAX_INSPECT_PAGES = 100;
export const MAX_INSPECT_TOOLS = 10_000;
export const MAX_INSPECT_ROUNDS = 3;

/** How much text of a server or a model is quoted in a question to a person, characters. */
export const MAX_QUOTED_CHARS = 300;

/**
 * Revision 2026-07-28 (no sessions). Processes of one server that serve such requests side by side: a second one is needed
 * only while two clients use the same id or progress token at once.
 */
export const MAX_STATELESS_UPSTREAMS = 4;
/** How long such a process is kept when nobody asks it anything, milliseconds. */
export const STATELESS_IDLE_MS = 10 * 60_000;
