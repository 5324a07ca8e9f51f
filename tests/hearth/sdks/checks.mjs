// What the JavaScript programs beside this file share.

export const URL = process.env.GATEWAY_URL;
export const KEY = process.env.GATEWAY_KEY;
export const MODEL = "claude-sonnet-4-5";
export const HELLO = [{ role: "user", content: "Hello!" }];

export const WEATHER = {
  name: "get_weather",
  description: "Get the current weather in a given location",
  parameters: {
    type: "object",
    properties: { location: { type: "string" } },
    required: ["location"],
  },
};

export const CLOCK = {
  name: "current_time",
  description: "Tells the time.",
  parameters: { type: "object", properties: { time_zone: { type: "string" } } },
};

// One pixel.
export const PICTURE =
  "data:image/png;base64," +
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// Runs every check in turn; the first that fails ends the program with its error.
export async function run(checks) {
  for (const [name, check] of Object.entries(checks)) {
    await check();
    console.log(`passed: ${name}`);
  }
}
