namespace PgmCluster.Modeling.Tests.Golden;

[Trait("Category", "Gpu")]
public class PartitionTransformerGpuTests() : PartitionTransformerGolden(GoldenDevice.Gpu);

[Trait("Category", "Gpu")]
public class MaskGitGpuTests() : MaskGitGolden(GoldenDevice.Gpu);

[Trait("Category", "Gpu")]
public class TrainingCurveGpuTests() : TrainingCurveGolden(GoldenDevice.Gpu);

[Trait("Category", "Gpu")]
public class SamplingGpuTests() : SamplingGolden(GoldenDevice.Gpu);

[Trait("Category", "Gpu")]
public class VqTokenizerGpuTests() : VqTokenizerGolden(GoldenDevice.Gpu);

[Trait("Category", "Gpu")]
public class InceptionGpuTests() : InceptionGolden(GoldenDevice.Gpu);

[Trait("Category", "Gpu")]
public class PrecisionGpuTests() : PrecisionGolden(GoldenDevice.Gpu);
