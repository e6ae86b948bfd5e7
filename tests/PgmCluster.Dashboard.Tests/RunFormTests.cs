using PgmCluster.Dashboard.Submitting;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Dashboard.Tests;

/// <summary>What is typed for a new run, as a request or as what is wrong with it.</summary>
public sealed class RunFormTests
{
    private readonly FakePresets _presets = new();

    [Fact]
    public void Form_FilledIn_IsARequest()
    {
        var form = new RunForm
        {
            Id = "r",
            Preset = "drawer",
            Dataset = "not asked for",
            Tokens = "tokens",
            Steps = " 5 ",
            SampleSteps = "0",
            Seed = "-1",
            MaxDevices = "4",
            Set = "\r\n model.widths = [1, 2] \n\n",
        };

        var request = form.Read(_presets, out var faults)!;

        Assert.Empty(faults);
        Assert.Equal(("drawer", null, "tokens", -1L, 1, 4),
            (request.Preset, request.Dataset, request.Tokens, request.Seed, request.MinWorkers, request.MaxWorkers));
        Assert.Equal(
            [("model.widths", "[1, 2]"), ("training.sampleSteps", "0"), ("training.steps", "5")],
            request.Set.Select(p => (p.Key, p.Value)).Order());
    }

    [Fact]
    public void Form_ThatIsEmpty_SaysWhatIsMissing_ALineEach()
    {
        Assert.Null(new RunForm().Read(_presets, out var nothing));
        Assert.Equal(["What to train: no preset is chosen. Choose one."], nothing);
        Assert.Null(new RunForm { Preset = "reader", Tokens = "tokens" }.Read(_presets, out var faults));
        Assert.Equal(
            [
                "Data: reader trains on pictures, and no data set is chosen. Choose one, or register one first.",
                "Id: there is none. Type one, such as my-run-1.",
            ],
            faults);
        Assert.Null(new RunForm { Id = "r", Preset = "drawer", Dataset = "d" }.Read(_presets, out var tokens));
        Assert.Equal(["Data: drawer trains on a tokenization, and none is chosen. Choose one, or start one first."], tokens);
    }

    [Theory]
    [InlineData("Steps", "0", "Steps: '0' is not a whole number from 1. Give such a one.")]
    [InlineData("SampleSteps", "-1", "Pictures every: '-1' is not a whole number from 0. Give such a one.")]
    [InlineData("Seed", "1e3", "Seed: '1e3' is not a whole number. Give such a one.")]
    [InlineData("MinDevices", "2", "Devices: at least 2 are more than at most 1. Raise the one or lower the other.")]
    [InlineData("Set", "=5", "Further settings, line 1: '=5' is not KEY=VALUE. Write it like training.batchSize=32.")]
    [InlineData("Set", "a=1\na=2", "Further settings, line 2: a is given twice. Give one value.")]
    [InlineData("Set", "a=1\n\nwrong=2", "Further settings, line 3: There is no wrong.")]
    public void Form_WithAMistake_SaysWhereAndWhat(string field, string text, string fault)
    {
        var form = new RunForm { Id = "r", Preset = "reader", Dataset = "d" };
        typeof(RunForm).GetProperty(field)!.SetValue(form, text);

        Assert.Null(form.Read(_presets, out var faults));
        Assert.Equal([fault], faults);
    }

    [Fact]
    public void EveryKindThatCanBeTrained_IsSaidInWords()
    {
        var kinds = PgmSiloParts.Presets.Select(p => p.Kind).Where(k => k != "evaluation").Distinct().ToArray();
        Assert.NotEmpty(kinds);
        Assert.All(kinds, kind => Assert.NotEqual(kind, PresetTexts.Group(kind)));
    }

    [Theory]
    [InlineData("pgm-once-fashion", "tokenizer-fashion")]
    [InlineData("pgm-32", "tokenizer-32")]
    [InlineData("maskgit", "tokenizer-32")]
    public void TokenizerFor_APreset_IsTheOneOfItsName_ElseTheFirst(string preset, string expected)
    {
        var all = new[] { "tokenizer-32", "tokenizer-fashion" }.Select(n => new TrainingPreset(n, "tokenizer", false, [])).ToArray();
        Assert.Equal(expected, PresetTexts.TokenizerFor(new TrainingPreset(preset, "pgm", true, []), all)!.Name);
    }

    [Fact]
    public void About_APreset_IsWhatItLearnsFromWhat()
    {
        var preset = new TrainingPreset(
            "t", "tokenizer", false, [new("training.steps", "60"), new("training.batchSize", "16"), new("data.imageSize", "28")]);
        Assert.Equal(
            "Learns to write pictures as codes, and to read them back. Trains on pictures, resized to 28x28, 60 steps of 16 examples.",
            PresetTexts.About(preset));
    }

    private sealed class FakePresets : ITrainingPresets
    {
        public IReadOnlyList<TrainingPreset> All { get; } = [new("reader", "tokenizer", false, []), new("drawer", "pgm", true, [])];

        public string? SamplePictures => null;

        public string SampleName => "sample";

        public string? FaultOf(string preset, string key, string value) => key == "wrong" ? "There is no wrong." : null;
    }
}
