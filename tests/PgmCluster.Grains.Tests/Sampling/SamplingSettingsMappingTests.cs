using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.State;
using PgmCluster.Contracts.Training;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Sampling;
using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Sampling;

namespace PgmCluster.Grains.Tests.Sampling;

public class SamplingSettingsMappingTests
{
    [Fact]
    public void ToSampler_NothingAskedFor_IsWhatAWorkItemTakesByItself()
    {
        var asked = new SamplingSettings { Threads = 2 }.Complete("pgm");

        Assert.Equal(new SamplerSettings { Threads = 2, LogitScaleEnd = 1 }, asked.ToSampler());
    }

    [Fact]
    public void Read_WorkItemOfBeforeTheConfidenceSampler_DrawsWithTheNoiseOfARequestThatNamesNone()
    {
        var old = WorkJson.Read<SamplerSettings>("""{"sampler":"Confidence","steps":4,"threads":1}""");

        Assert.Equal(new SamplingSettings().ConfidenceNoise, old.ConfidenceNoise);
    }

    [Theory]
    [InlineData("linear", GuidanceSchedule.Linear)]
    [InlineData("constant", GuidanceSchedule.Constant)]
    public void Write_Schedule_IsTheWordThatSilosOfBeforeRead(string word, GuidanceSchedule schedule)
    {
        var document = WorkJson.Write(new SamplerSettings { GuidanceSchedule = schedule });

        Assert.Contains($"\"guidanceSchedule\":\"{word}\"", document);
        Assert.Equal(schedule, WorkJson.Read<SamplerSettings>(document).GuidanceSchedule);
    }

    /// <summary>A word that the contract has and no sampler knows would be refused by a device, long after the job was started.</summary>
    [Fact]
    public void Names_OfTheContract_AreThoseOfTheSamplers()
    {
        AssertNames<RevealMethod>(SamplerNames.All);
        AssertNames<MaskingSchedule>(CurveNames.All);
        AssertNames<GuidanceSchedule>(GuidanceScheduleNames.All.Where(n => n != GuidanceScheduleNames.Auto));
        Assert.Equal(Precisions.Names, PrecisionNames.All);
        var defaults = new SamplingSettings();
        Assert.Equal(
            (SamplerNames.All[0], CurveNames.All[0], GuidanceScheduleNames.All[0], PrecisionNames.All[0]),
            (defaults.Sampler, defaults.Curve, defaults.GuidanceSchedule, defaults.Precision));

        static void AssertNames<T>(IEnumerable<string> names) where T : struct, Enum =>
            Assert.Equal(Enum.GetNames<T>().Select(n => n.ToLowerInvariant()).Order(), names.Order());
    }

    public static TheoryData<SamplingSettings, string> Wrong => new()
    {
        { new() { Sampler = "haltn" }, "The sampler is 'haltn'; allowed: halton, confidence. The nearest is 'halton'." },
        { new() { Sampler = "Halton" }, "The sampler is 'Halton'; allowed: halton, confidence. The nearest is 'halton'." },
        { new() { Curve = "cos" }, "The curve is 'cos'; allowed: arccos, cosine, linear, root, square. The nearest is " },
        { new() { GuidanceSchedule = "liner" }, "The guidance schedule is 'liner'; allowed: auto, linear, constant. The nearest is 'linear'." },
        { new() { Precision = "float16" }, "The precision is 'float16'; allowed: float32, bfloat16. The nearest is " },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Complete_WordThatIsNone_IsRefusedWithTheNearest(SamplingSettings settings, string said) =>
        Assert.StartsWith(said, Assert.Throws<InvalidRequestException>(() => settings.Complete("pgm")).Message);

    [Theory]
    [InlineData(typeof(SamplingSettings), typeof(SamplerSettings))]
    [InlineData(typeof(TrainingResult), typeof(TrainResult))]
    public void Members_ContractAndWorkItem_HaveTheSameNames(Type contract, Type workItem) =>
        Assert.Equal(
            contract.GetProperties().Where(p => p.PropertyType != typeof(UnknownMembers)).Select(p => p.Name).Order(),
            workItem.GetProperties().Select(p => p.Name).Order());
}
