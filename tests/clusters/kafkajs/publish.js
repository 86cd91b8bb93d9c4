// Publishes tickets, a line of JSON each on standard input, compressed with gzip: node publish.js BROKERS TOPIC
const { CompressionTypes, Kafka, Partitioners, logLevel } = require("kafkajs");
const { readFileSync } = require("fs");

const [brokers, topic] = process.argv.slice(2);
const kafka = new Kafka({ clientId: "publisher", brokers: brokers.split(","), logLevel: logLevel.WARN });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });

async function main() {
  const lines = readFileSync(0, "utf8").split("\n").filter(Boolean);
  const messages = lines.map((line) => ({ key: JSON.parse(line).ticket_id, value: line }));
  await producer.connect();
  await producer.send({ topic, compression: CompressionTypes.GZIP, messages });
  await producer.disconnect();
}

main().catch((error) => {
  console.error(`${error.name}: ${error.message}`);
  process.exit(1);
});
