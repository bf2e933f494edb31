using System.CommandLine;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Compiler.Settings;

namespace ModelBuild.Cli.Tests;

/// <summary>Findings name options of the command, and nothing else changes.</summary>
public sealed class SettingWordsTests
{
    [Theory]
    [InlineData("Set Calibration to files.", "Set --calibration to files.")]
    [InlineData("or use Mode=\"fp16\".", "or use --mode fp16.")]
    [InlineData("Bind them: Dimensions=\"N=…;M=1..8\".", "Bind them: --dimension \"N=…;M=1..8\".")]
    [InlineData("Take Preprocessing=\"scale=1/255\", then", "Take --preprocessing scale=1/255, then")]
    [InlineData("name layers in KeepFloat, or MinSqnr=\"20\"", "name layers in --keep-float, or --min-sqnr 20")]
    [InlineData("SparsityExclude names nothing.", "--sparsity-exclude names nothing.")]
    [InlineData("x.onnx: Sparsity 0.7 is more than", "x.onnx: --sparsity 0.7 is more than")]
    [InlineData("Calibration data is missing.", "Calibration data is missing.")]
    [InlineData("It is. Dimensions do not fit.", "It is. Dimensions do not fit.")]
    [InlineData("node 'the Calibration' (KeepFloat)", "node 'the Calibration' (--keep-float)")]
    [InlineData("the model's 'x'; it has 'Labels', 'Mode' (KeepFloat)", "the model's 'x'; it has 'Labels', 'Mode' (--keep-float)")]
    [InlineData("Take Recover=\"\", or the 'Mode'.", "Take --recover \"\", or the 'Mode'.")]
    [InlineData("It is 'x.' Calibration files do", "It is 'x.' Calibration files do")]
    [InlineData("operator Compress of node 'c'", "operator Compress of node 'c'")]
    [InlineData("leave ClassName out", "leave ClassName out")]
    [InlineData("Recalibration, DimensionsOf and Modes", "Recalibration, DimensionsOf and Modes")]
    public void Translate_TextOfTheCompiler_NamesOptionsThatThereAre(string text, string expected)
    {
        var command = new Command("test");
        _ = new SettingOptions(command, setting => !setting.IsOfClass);
        var words = new SettingWords();
        words.Learn(command);

        Assert.Equal(expected, words.Translate(text));
    }

    /// <summary>Commands about one thing leave its name out of their options.</summary>
    [Fact]
    public void Translate_OptionOfATopic_IsCalledAsTheCommandCallsIt()
    {
        var command = new Command("prune");
        _ = new SettingOptions(command, setting => setting.Name.StartsWith("Sparsity", StringComparison.Ordinal), "sparsity");
        var words = new SettingWords();
        words.Learn(command);

        Assert.Equal(
            "name less in --exclude, or take another --pattern; Calibration has no option",
            words.Translate("name less in SparsityExclude, or take another SparsityPattern; Calibration has no option"));
    }

    [Fact]
    public void Settings_Each_HaveAnOptionSomewhere()
    {
        var command = new Command("test");
        _ = new SettingOptions(command, _ => true);

        Assert.Equal(
            ModelSettings.All.Select(setting => setting.Name),
            command.Options.OfType<ISettingOption>().Select(option => option.Setting.Name));
    }
}
