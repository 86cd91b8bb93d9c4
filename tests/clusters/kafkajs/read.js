// Reads a topic from its beginning and prints a line of JSON for each record, until so many have come:
// node read.js BROKERS TOPIC NUMBER
// It is made as the documentation of kafkajs makes it: no option but the brokers, and committed records only.
const { Kafka, logLevel } = require("kafkajs");

const [brokers, topic, number] = process.argv.slice(2);
const kafka = new Kafka({ clientId: "reader", brokers: brokers.split(","), logLevel: logLevel.WARN });
const consumer = kafka.consumer({ groupId: `reader-of-${topic}` });

async function main() {
  let left = Number(number);
  await new Promise(async (done, failed) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => failed(payload.error));
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        const { key, value, offset } = message;
        console.log(JSON.stringify({ partition, offset, key: key.toString(), value: value.toString() }));
        left -= 1;
        if (left === 0) done();
      },
    });
  });
  await consumer.disconnect();
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(`${error.name}: ${error.message}`);
    process.exit(1);
  },
);
