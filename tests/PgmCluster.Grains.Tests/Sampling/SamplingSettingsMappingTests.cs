using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.State;
using PgmCluster.Contracts.Training;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Sampling;
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

    [Theory]
    [InlineData(typeof(SamplingSettings), typeof(SamplerSettings))]
    [InlineData(typeof(TrainingResult), typeof(TrainResult))]
    public void Members_ContractAndWorkItem_HaveTheSameNames(Type contract, Type workItem) =>
        Assert.Equal(
            contract.GetProperties().Where(p => p.PropertyType != typeof(UnknownMembers)).Select(p => p.Name).Order(),
            workItem.GetProperties().Select(p => p.Name).Order());
}
