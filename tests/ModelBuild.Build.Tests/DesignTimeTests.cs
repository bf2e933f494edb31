using ModelBuild.Build.Tests.Support;

namespace ModelBuild.Build.Tests;

/// <summary>What an IDE sees when it opens a project: the typed class, at once, whatever state the models are in.</summary>
public sealed class DesignTimeTests
{
    private const string Items = """    <QuantizedModel Include="a.onnx" Mode="int8" Calibration="samples/*.npy" />""";

    /// <summary>
    /// The properties that Visual Studio sets, but for SkipCompilerExecution: here the compiler is to say whether the class is there.
    /// </summary>
    private static readonly string[] s_designTime = ["-t:Compile", "-p:DesignTimeBuild=true", "-p:BuildingProject=false"];

    [Fact]
    public void DesignTimeBuild_BeforeFirstBuild_HasTypedClassWithoutCalibrating()
    {
        TestProject project = Project();

        // The samples are not even there.
        BuildResult designTime = project.Build(s_designTime).Succeeded();

        Assert.Equal(["a"], designTime.CompiledModels);
        Assert.Contains(designTime.AddedItems("AdditionalFiles"), file => file.EndsWith("a.surface.plan", StringComparison.Ordinal));

        // Visual Studio is told that there is something to build.
        Assert.Equal("a.plan", Path.GetFileName(Assert.Single(designTime.AddedItems("UpToDateCheckBuilt"))));
        Assert.False(File.Exists(Path.Combine(project.Outputs, "a", "a.weights")));

        // Nothing changed: the next one reads no model.
        Assert.Empty(project.Build(s_designTime).Succeeded().CompiledModels);

        // A real build takes no surface for a plan.
        project.Write("samples/1.npy", NumpyFile.Float32([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]));
        BuildResult real = project.BuildModels().Succeeded();
        Assert.Equal(["a"], real.CompiledModels);
        Assert.DoesNotContain(real.AddedItems("AdditionalFiles"), file => file.EndsWith("surface.plan", StringComparison.Ordinal));
    }

    [Fact]
    public void DesignTimeBuild_AfterRealBuild_TakesItsPlanAlsoWhenTheModelBreaks()
    {
        TestProject project = Project();
        project.Write("samples/1.npy", NumpyFile.Float32([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]));
        BuildResult real = project.Build().Succeeded();
        Assert.Equal(["a"], real.CompiledModels);

        BuildResult designTime = project.Build(s_designTime).Succeeded();
        Assert.Empty(designTime.CompiledModels);
        Assert.Contains(designTime.AddedItems("AdditionalFiles"), file => file.EndsWith("a.plan", StringComparison.Ordinal));

        project.Write("a.onnx", "not a model");
        BuildResult broken = project.Build(s_designTime).Succeeded();
        Assert.Contains(broken.Warnings, warning => warning.Code == "MODELB1001");
        Assert.Contains(broken.AddedItems("AdditionalFiles"), file => file.EndsWith("a.plan", StringComparison.Ordinal));
        Assert.Contains(project.BuildModels().Failed().Errors, error => error.Code == "MODELB1001");
    }

    /// <summary>Visual Studio starts no build where nothing that a project names as its input is newer than what was built.</summary>
    [Fact]
    public void Build_InputsForTheUpToDateCheck_AreModelsAndTheirSamples()
    {
        TestProject project = Project();
        project.Write("samples/1.npy", NumpyFile.Float32([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]));
        BuildResult first = project.BuildModels().Succeeded();

        // Also in a build that compiles nothing.
        foreach (BuildResult build in (BuildResult[])[first, project.BuildModels().Succeeded()])
        {
            Assert.Equal(
                ["1.npy", "a.onnx"],
                build.AddedItems("UpToDateCheckInput").Select(file => Path.GetFileName(file)).Where(n => n is "1.npy" or "a.onnx")
                    .Order(StringComparer.Ordinal));
            Assert.Equal("a.plan", Path.GetFileName(Assert.Single(build.AddedItems("UpToDateCheckBuilt"))));
        }
    }

    [Fact]
    public void DesignTimeBuild_SwitchedOff_ReadsNoModel()
    {
        TestProject project = Project();
        project.Write("Class.cs", string.Empty);

        Assert.Empty(project.Build([.. s_designTime, "-p:ModelBuildDesignTime=false"]).Succeeded().CompiledModels);
        Assert.Empty(project.Build("-t:Compile", "-p:ModelBuildEnabled=false").Succeeded().CompiledModels);

        // Nor does an older Visual Studio, which a real build refuses.
        Assert.Empty(project.Build([.. s_designTime, "-p:_ModelBuildHasTaskHost=false"]).Succeeded().CompiledModels);
    }

    private static TestProject Project()
    {
        var project = new TestProject("Opened", Items);
        project.Write("a.onnx", OnnxFile.Dense(new float[4, 3], new float[3]));
        project.Write(
            "Class.cs", "public static class Class { public static float[] Use(float[] input) => new App.A().Predict(input).Y; }");
        return project;
    }
}
