using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Speed;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Sampling;

/// <summary>Whoever draws keeps no more keys and values at a time than a job that draws would.</summary>
public sealed class DrawingInPartsTests
{
    [Fact]
    public void Preview_OfAModelThatKeepsMuch_IsDrawnInParts()
    {
        using var scope = NewDisposeScope();
        var specification = Specification();
        using var module = (PartitionTransformer)ModelFiles.CreateGenerative(specification, CPU);
        var (much, little) = (new Keeping(new PartitionTokenModel(module), 3L << 30), new Keeping(new PartitionTokenModel(module), 0));

        var inParts = SamplePreview.Codes(much, specification, ComputeDevice.Cpu(), 10);
        var whole = SamplePreview.Codes(little, specification, ComputeDevice.Cpu(), 10);

        Assert.Equal((1, inParts.shape[0]), (much.Largest, much.Images));
        Assert.Equal(whole.shape[0], little.Largest);
        Assert.Equal(whole.shape, inParts.shape);
    }

    [Fact]
    public void Speed_OfAModelThatKeepsMuch_IsMeasuredInParts()
    {
        var specification = Specification();
        using var module = (PartitionTransformer)ModelFiles.CreateGenerative(specification, CPU);
        var model = new Keeping(new PartitionTokenModel(module), 3L << 30);
        var subject = new SpeedSubject("much", model, new TokenSamplerSettings { Steps = 4 }, 7, 7, 10, 1);

        SpeedMeasurement.Run([subject], new SpeedProtocol { Batches = [6], Runs = 1, Dropped = 0, Cores = 2 }, ComputeDevice.Cpu());

        Assert.Equal((1, 6), (model.Largest, model.Images));
    }

    private static TrainingSpecification Specification() => SpecificationJson.Parse(TestRuns.Work("pgm", 1).Specification);

    /// <summary>A model that says it keeps so much of each image, and knows how many it was to draw.</summary>
    private sealed class Keeping(ITokenModel model, long bytes) : ITokenModel
    {
        private int _images, _largest;

        /// <summary>All images.</summary>
        public long Images => _images;

        /// <summary>Most images at a time.</summary>
        public long Largest => _largest;

        public int Tokens => model.Tokens;

        public int Codebook => model.Codebook;

        public int Vocabulary => model.Vocabulary;

        public int MaskId => model.MaskId;

        public int BosId => model.BosId;

        public bool ReferenceRedraws => model.ReferenceRedraws;

        public ITokenPredictor Begin(Tensor labels, bool guided)
        {
            lock (this)
            {
                _images += (int)labels.shape[0];
                _largest = Math.Max(_largest, (int)labels.shape[0]);
            }
            return model.Begin(labels, guided);
        }

        public double Operations(int known, int asked) => model.Operations(known, asked);

        public long KeptBytes(bool guided) => bytes;
    }
}
