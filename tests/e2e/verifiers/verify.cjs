// Verifies one delivery with a library of npm: node verify.cjs MODULES-FOLDER LIBRARY DELIVERY-FILE
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");

const [folder, library, file] = process.argv.slice(2);
const { Webhook } = createRequire(`${folder}/package.json`)(library);
const { secret, headers, body } = JSON.parse(readFileSync(file, "utf8"));
new Webhook(secret).verify(body, headers);
console.log("verified");
