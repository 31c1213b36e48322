import com.amazonaws.services.dynamodbv2.streamsadapter.AmazonDynamoDBStreamsAdapterClient;
import com.amazonaws.services.dynamodbv2.streamsadapter.StreamsSchedulerFactory;
import com.amazonaws.services.dynamodbv2.streamsadapter.adapter.DynamoDBStreamsClientRecord;
import com.amazonaws.services.dynamodbv2.streamsadapter.model.DynamoDBStreamsProcessRecordsInput;
import com.amazonaws.services.dynamodbv2.streamsadapter.polling.DynamoDBStreamsPollingConfig;
import com.amazonaws.services.dynamodbv2.streamsadapter.processor.DynamoDBStreamsShardRecordProcessor;
import java.net.URI;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.StreamRecord;
import software.amazon.awssdk.services.dynamodb.streams.DynamoDbStreamsClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.coordinator.CoordinatorConfig.ClientVersionConfig;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.processor.ShardRecordProcessor;

/**
 * An application of the Kinesis Client Library on a DynamoDB stream, through the official adapter. Prints what its
 * processors are told, a line each: "begin SHARD", "record SHARD KEY VERSION", "end SHARD". Runs until killed.
 *
 * <p>Arguments: endpoint, stream ARN, name of the application (and of its lease table).
 */
public final class Consumer {
  private static final class Processor implements DynamoDBStreamsShardRecordProcessor {
    private String shard;

    @Override
    public void initialize(InitializationInput input) {
      shard = input.shardId();
      print("begin " + shard);
    }

    @Override
    public void processRecords(DynamoDBStreamsProcessRecordsInput input) {
      for (DynamoDBStreamsClientRecord record : input.records()) {
        StreamRecord change = record.getRecord().dynamodb();
        print("record " + shard + " " + change.keys().get("pk").s() + " " + change.newImage().get("v").n());
      }
      try {
        input.checkpointer().checkpoint();
      } catch (Exception error) {
        print("error " + error);
      }
    }

    @Override
    public void leaseLost(LeaseLostInput input) {
      print("lost " + shard);
    }

    @Override
    public void shardEnded(ShardEndedInput input) {
      try {
        input.checkpointer().checkpoint();
        print("end " + shard);
      } catch (Exception error) {
        print("error " + error);
      }
    }

    @Override
    public void shutdownRequested(ShutdownRequestedInput input) {}
  }

  private static synchronized void print(String line) {
    System.out.println(line);
    System.out.flush();
  }

  public static void main(String[] arguments) {
    URI endpoint = URI.create(arguments[0]);
    String streamArn = arguments[1];
    String application = arguments[2];
    Region region = Region.US_EAST_1;
    var credentials = StaticCredentialsProvider.create(AwsBasicCredentials.create("000000000000", "test"));
    var dynamodb = DynamoDbAsyncClient.builder()
        .endpointOverride(endpoint).region(region).credentialsProvider(credentials).build();
    var cloudwatch = CloudWatchAsyncClient.builder()
        .endpointOverride(endpoint).region(region).credentialsProvider(credentials).build();
    var streams = DynamoDbStreamsClient.builder()
        .endpointOverride(endpoint).region(region).credentialsProvider(credentials).build();
    var adapter = new AmazonDynamoDBStreamsAdapterClient(streams, region);

    var tracker = StreamsSchedulerFactory.createSingleStreamTracker(
        streamArn, InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON));
    var configs = new ConfigsBuilder(tracker, application, adapter, dynamodb, cloudwatch, "worker",
        () -> (ShardRecordProcessor) new Processor());
    var coordinator = configs.coordinatorConfig();
    coordinator.clientVersionConfig(ClientVersionConfig.CLIENT_VERSION_CONFIG_COMPATIBLE_WITH_2X);
    coordinator.parentShardPollIntervalMillis(200);
    coordinator.shardConsumerDispatchPollIntervalMillis(50);
    var leases = configs.leaseManagementConfig();
    leases.shardSyncIntervalMillis(1000);
    leases.failoverTimeMillis(2000);
    leases.leasesRecoveryAuditorExecutionFrequencyMillis(1000);
    var processor = configs.processorConfig();
    processor.callProcessRecordsEvenForEmptyRecordList(false);
    var retrieval = configs.retrievalConfig();
    var polling = new DynamoDBStreamsPollingConfig(streamArn, adapter);
    polling.idleTimeBetweenReadsInMillis(100);
    retrieval.retrievalSpecificConfig(polling);
    var metrics = configs.metricsConfig();
    metrics.metricsFactory(new NullMetricsFactory());

    StreamsSchedulerFactory.createScheduler(configs.checkpointConfig(), coordinator, leases, configs.lifecycleConfig(),
        metrics, processor, retrieval, adapter).run();
  }
}
