// Verifies one delivery with an official library: node verify.cjs MODULES-FOLDER LIBRARY < delivery.json
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");

const [folder, library] = process.argv.slice(2);
const { Webhook } = createRequire(`${folder}/package.json`)(library);
const { secret, headers, body } = JSON.parse(readFileSync(0, "utf8"));
const text = Buffer.from(body, "base64").toString("utf8");
console.log(JSON.stringify(new Webhook(secret).verify(text, headers)));
