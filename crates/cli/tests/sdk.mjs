// Drives the SDK through everything it offers and prints what came of it as one JSON object.
// usage: node sdk.mjs SDK_INDEX CODEX_BINARY FOLDER
import { pathToFileURL } from "node:url";

const [sdk, codexPathOverride, workingDirectory] = process.argv.slice(2);
const { Codex } = await import(pathToFileURL(sdk).href);
const codex = new Codex({ codexPathOverride });
const options = { workingDirectory, sandboxMode: "workspace-write", modelReasoningEffort: "low", model: "gpt-5.5" };

const thread = codex.startThread(options);
const first = await thread.run("one");
const second = await thread.run([{ type: "text", text: "two" }]);

const resumed = codex.resumeThread(thread.id, options);
const { events } = await resumed.runStreamed("three");
const streamed = [];
let third;
for await (const event of events) {
  streamed.push(event.type);
  if (event.type === "item.completed") third = event.item.text;
}

const outputSchema = {
  type: "object",
  properties: { ok: { type: "boolean" } },
  required: ["ok"],
  additionalProperties: false,
};
const structured = await codex.startThread(options).run("four", { outputSchema });

const failure = await codex.startThread(options).run("five").then(() => null, (error) => error.message);

const controller = new AbortController();
const { events: endless } = await codex.startThread(options).runStreamed("six", { signal: controller.signal });
let aborted = null;
try {
  for await (const event of endless) if (event.type === "turn.started") controller.abort();
} catch (error) {
  aborted = error.name;
}

console.log(JSON.stringify({
  ids: [thread.id, resumed.id],
  answers: [first.finalResponse, second.finalResponse, third],
  item_types: first.items.map((item) => item.type),
  streamed,
  usage_is_object: typeof first.usage === "object" && first.usage.input_tokens > 0,
  structured: structured.finalResponse,
  failure,
  aborted,
}));
