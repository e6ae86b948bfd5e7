using System.Globalization;
using PgmCluster.Contracts.Sampling;

namespace PgmCluster.Cli.Study.Plans;

/// <summary>What the study varies of a Halton sampler.</summary>
/// <param name="Steps">Steps in which the tokens are revealed.</param>
/// <param name="Guidance">Weight w: logits = (1+w) cond - w uncond.</param>
/// <param name="Form">"linear" or "constant", of the weight over the steps.</param>
/// <param name="LogitScale">Factor on the logits.</param>
/// <param name="Curve">Of the share of known tokens over the steps.</param>
internal sealed record StudySetting(int Steps, double Guidance, string Form, double LogitScale = 1, string Curve = StudySetting.UsualCurve)
{
    public const string UsualCurve = "arccos";

    public const string Linear = "linear", Constant = "constant";

    /// <summary>Decides a job's id: without guidance its form means nothing.</summary>
    public string Key => string.Create(
        CultureInfo.InvariantCulture,
        $"steps={Steps} guidance={Guidance}{(Guidance == 0 ? "" : $" {Form}")} scale={LogitScale} curve={Curve}");

    public SamplingSettings ToSampling() =>
        new() { Steps = Steps, Guidance = Guidance, GuidanceSchedule = Form, LogitScale = LogitScale, Curve = Curve };

    /// <summary>"2 linear", "2 linear, scale 1.1": without the steps.</summary>
    public override string ToString()
    {
        var guidance = string.Create(CultureInfo.InvariantCulture, $"{Guidance}{(Guidance == 0 ? "" : $" {Form}")}");
        var scale = LogitScale == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", scale {LogitScale}");
        return guidance + scale + (Curve == UsualCurve ? "" : $", {Curve} curve");
    }
}
