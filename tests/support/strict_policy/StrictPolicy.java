import java.util.Map;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.server.policy.CreateTopicPolicy;

/**
 * The rules of a managed cluster, for tests. StrictPolicy.class beside it is made from it:
 * javac --release 17 -cp '.kafka/lib/*' tests/support/strict_policy/StrictPolicy.java
 */
public class StrictPolicy implements CreateTopicPolicy {
    @Override
    public void validate(RequestMetadata asked) {
        Map<String, String> properties = asked.configs();
        if (Long.parseLong(properties.getOrDefault("segment.bytes", "1073741824")) < 52428800) {
            throw new PolicyViolationException("segment.bytes must be at least 52428800");
        }
        // Of some rules a cluster says no more than this.
        if (properties.containsKey("segment.ms")) {
            throw new PolicyViolationException("not allowed here");
        }
        if (asked.topic().contains("forever") && !"compact".equals(properties.get("cleanup.policy"))
                && properties.containsKey("retention.ms")) {
            throw new PolicyViolationException("retention.ms is the cluster's");
        }
        if (asked.topic().contains("loose") && "compact".equals(properties.get("cleanup.policy"))) {
            throw new PolicyViolationException("cleanup.policy=compact is not offered");
        }
        if (asked.numPartitions() != null && asked.numPartitions() > 12) {
            throw new PolicyViolationException("at most 12 partitions");
        }
    }

    @Override
    public void configure(Map<String, ?> properties) {
    }

    @Override
    public void close() {
    }
}
