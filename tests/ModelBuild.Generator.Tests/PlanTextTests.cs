using System.Globalization;
using System.Text.RegularExpressions;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Tests;

public sealed class PlanTextTests
{
    public static TheoryData<string> Plans => [.. TestPlans.Names];

    [Theory]
    [MemberData(nameof(Plans))]
    public void Write_PlanThatWasRead_GivesItsText(string plan) =>
        Assert.Equal(TestPlans.Text(plan), PlanWriter.Write(TestPlans.Read(plan)));

    [Theory]
    [MemberData(nameof(Plans))]
    public void Read_PlanThatWasWritten_IsEqual(string name)
    {
        ExecutionPlan plan = TestPlans.Read(name);
        ExecutionPlan again = PlanReader.Read(PlanWriter.Write(plan));

        Assert.Equal(plan, again);
        Assert.Equal(plan.GetHashCode(), again.GetHashCode());
    }

    [Theory]
    [InlineData("t3")]
    [InlineData("c0")]
    [InlineData("true")]
    [InlineData("threads")]
    [InlineData("inf")]
    [InlineData("nan")]
    [InlineData("scratch")]
    [InlineData("e5")]
    [InlineData("größe_2")]
    [InlineData("t1x")]
    [InlineData("c2_0")]
    [InlineData("tx1")]
    public void Read_SymbolThatLooksLikeAWord_IsADimension(string name)
    {
        var symbol = Dimension.Symbol(name);
        ExecutionPlan plan = TestPlans.WithArguments(
            [name],
            new IntegerArgument(symbol),
            new IntegerArgument(symbol * -1),
            new IntegerArgument((symbol * 3) + 1),
            new IntegersArgument(new([symbol, symbol * -1])),
            new ScratchArgument(symbol, symbol * 2),
            new PlanCall("Shape", new([new PlanNamedArgument("n", new IntegerArgument(symbol))])));

        Assert.Equal(plan, PlanReader.Read(PlanWriter.Write(plan)));
    }

    [Fact]
    public void Read_Ranges_AreTheSame()
    {
        ExecutionPlan plan = TestPlans.WithArguments(["n", "m"]) with
        {
            Ranges = new([new PlanRange("n", 1, int.MaxValue), new("m", 3, 3)]),
        };

        Assert.Equal(plan, PlanReader.Read(PlanWriter.Write(plan)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_PlaceOfWeights_IsTheSame(bool isFile)
    {
        ExecutionPlan plan = TestPlans.WithArguments([]);
        plan = plan with { Weights = plan.Weights! with { IsFile = isFile } };

        Assert.Equal(plan, PlanReader.Read(PlanWriter.Write(plan)));
    }

    [Fact]
    public void Read_CodesOfPorts_AreTheSame()
    {
        ExecutionPlan plan = TestPlans.Read("LeNet");
        plan = plan with
        {
            Inputs = new(plan.Inputs.Select(i => i with { Codes = new PlanCodes(0.1f, -3) })),
            Outputs = new(plan.Outputs.Select(o => o with { Codes = new PlanCodes(1e-9f, 255) })),
        };

        Assert.Equal(plan, PlanReader.Read(PlanWriter.Write(plan)));
    }

    /// <summary>A tensor that is in a port is in one that there is, whatever its number.</summary>
    [Theory]
    [InlineData(nameof(PlanLocation.Input))]
    [InlineData(nameof(PlanLocation.Output))]
    public void Read_TensorInAPort_IsInOneThatThereIs(string place)
    {
        PlanLocation location = Enum.Parse<PlanLocation>(place);
        ExecutionPlan plan = TestPlans.Read("LeNet");
        int id = Enumerable.Range(0, plan.Tensors.Count).First(i => plan.Tensors[i].Location == location);
        foreach (Dimension offset in (Dimension[])[1, 2, -1, int.MaxValue, Dimension.Symbol("batch")])
        {
            ExecutionPlan other = plan with
            {
                Tensors = new(plan.Tensors.Select((t, i) => i == id ? t with { Offset = offset } : t)),
            };

            Assert.Throws<FormatException>(() => PlanReader.Read(PlanWriter.Write(other)));
        }
    }

    [Theory]
    [InlineData("rgb", true)]
    [InlineData("gray", true)]
    [InlineData("bgr", false)]
    public void Read_Pixels_AreTheSameOrRefused(string pixels, bool isKnown)
    {
        ExecutionPlan plan = TestPlans.Read("LeNet");
        plan = plan with { Inputs = new(plan.Inputs.Select(i => i with { Pixels = pixels })) };
        string text = PlanWriter.Write(plan);

        if (isKnown)
        {
            Assert.Equal(plan, PlanReader.Read(text));
        }
        else
        {
            Assert.Contains("'rgb' or 'gray'", Assert.ThrowsAny<Exception>(() => PlanReader.Read(text)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1f)]
    [InlineData(-0.1f)]
    [InlineData(float.Epsilon)]
    [InlineData(float.MaxValue)]
    [InlineData(float.MinValue)]
    [InlineData(1e10f)]
    [InlineData(16777216f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Read_Float_IsTheSameFloat(float value)
    {
        ExecutionPlan plan = TestPlans.WithArguments([], new FloatArgument(value));

        Assert.Equal(plan, PlanReader.Read(PlanWriter.Write(plan)));
    }

    [Fact]
    public void Read_AnyFloat_HasTheSameBits()
    {
        var random = new Random(11);
        float[] values =
            [-0f, .. Enumerable.Range(0, 5_000).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)))];
        ExecutionPlan plan = TestPlans.WithArguments([], [.. values.Select(v => new FloatArgument(v))]);

        IEnumerable<PlanNamedArgument> read = PlanReader.Read(PlanWriter.Write(plan)).Steps[0].Call.Arguments;

        Assert.Equal(values.Select(Bits), read.Select(a => Bits(((FloatArgument)a.Value).Value)));

        // There is one text for all that is not a number.
        static int Bits(float value) => BitConverter.SingleToInt32Bits(float.IsNaN(value) ? float.NaN : value);
    }

    [Theory]
    [InlineData(37.25)]
    [InlineData(-4.8)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Read_SqnrOfAnyKind_IsTheSame(double sqnr)
    {
        ExecutionPlan plan = TestPlans.WithArguments([]) with { Card = new PlanCard(0, Dimension.Zero, sqnr) };

        Assert.Equal(plan, PlanReader.Read(PlanWriter.Write(plan)));
    }

    [Theory]
    [InlineData("größe")]
    [InlineData("e\u0301t\u00e9")]
    [InlineData("a\u203fb")]
    [InlineData("\u2167x")]
    [InlineData("class")]
    public void Read_NameThatCSharpAllows_IsTheSame(string name)
    {
        ExecutionPlan plan = TestPlans.WithArguments([name]) with { Class = new PlanClass("public", $"{name}.{name}", name) };

        Assert.Equal(plan, PlanReader.Read(PlanWriter.Write(plan)));
    }

    [Fact]
    public void Read_AnyArgument_IsEqual()
    {
        var n = Dimension.Symbol("n");
        ExecutionPlan plan = TestPlans.WithArguments(
            ["n", "m"],
            new TensorArgument(1),
            new ConstantArgument(0),
            new BooleanArgument(true),
            new BooleanArgument(false),
            new IntegerArgument(-128),
            new IntegerArgument(long.MaxValue),
            new IntegerArgument((n + 1).FloorDivide(2) * Dimension.Symbol("m")),
            new IntegersArgument(EquatableArray<Dimension>.Empty),
            new PlanCall("None", EquatableArray<PlanNamedArgument>.Empty),
            new PlanCall("Outer.Method", new(
            [
                new PlanNamedArgument("inner", new PlanCall("Inner", new(
                [
                    new PlanNamedArgument("x", new FloatArgument(2f)),
                    new PlanNamedArgument("y", new IntegersArgument(new([1, n, (n + 1).FloorDivide(3)]))),
                ]))),
                new PlanNamedArgument("z", new ScratchArgument(n, n * 4)),
            ])));

        Assert.Equal(plan, PlanReader.Read(PlanWriter.Write(plan)));
    }

    /// <summary>A call inside a call may use a region of later steps in any of its arguments.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Read_RegionOfLaterStepsInsideACall_IsRefused(int place)
    {
        PlanCall Inner(int region) => new("Inner", new(
            [
                .. Enumerable.Range(0, 3).Select(
                    i => new PlanNamedArgument($"x{i}", new ScratchArgument(0, 4) { Region = i == place ? region : 0 })),
            ]));
        string Text(int region) => PlanWriter.Write(TestPlans.WithArguments(
            ["n"],
            new PlanCall("Outer.Method", new([new PlanNamedArgument("first", Inner(region)), new("last", new IntegerArgument(3))]))));

        Assert.Equal(Text(0), PlanWriter.Write(PlanReader.Read(Text(0))));
        var error = Assert.Throws<FormatException>(() => PlanReader.Read(Text(1)));

        Assert.Contains("a step that uses regions of earlier steps only", error.Message, StringComparison.Ordinal);
    }

    /// <summary>What steps find out is compared when they run: such a view may be as long as its port. Others are or are refused.</summary>
    [Theory]
    [InlineData("result_tokens_dim0", true)]
    [InlineData("result_rows*2+1", true)]
    [InlineData("7", true, 31)]
    [InlineData("5", false, 35)]
    [InlineData("result_rows", true, 35)]
    public void Read_ViewOfAPortOfALengthThatStepsFindOut_IsEqual(string length, bool isRead, int port = 31)
    {
        ExecutionPlan plan = TestPlans.Read("Decoder");
        PlanTensor view = plan.Tensors[port] with { Name = "view", Shape = new([Dimension.Parse(length)]) };
        plan = plan with { Tensors = new([.. plan.Tensors, view]) };
        string text = PlanWriter.Write(plan);

        if (isRead)
        {
            Assert.Equal(plan, PlanReader.Read(text));
        }
        else
        {
            Assert.Throws<FormatException>(() => PlanReader.Read(text));
        }
    }

    /// <summary>Branches in branches, as many as a reader that calls itself goes down, and one more.</summary>
    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public void Read_BranchesInBranches_HaveABound(int depth, bool isRead)
    {
        ExecutionPlan plan = TestPlans.WithArguments(["n"]);
        PlanStep step = plan.Steps[0];
        for (int i = 0; i < depth; i++)
        {
            var call = new PlanCall(PlanStep.IfTarget, new([new PlanNamedArgument("condition", new TensorArgument(2))]));
            step = new PlanStep("if", "If", call)
            {
                Blocks = new([new PlanBlock(new([step])), new PlanBlock(EquatableArray<PlanStep>.Empty)]),
            };
        }

        var condition = new PlanTensor("c", PlanType.Bool, EquatableArray<Dimension>.Empty, PlanLocation.Arena, Dimension.Zero, null, null);
        plan = plan with { Steps = new([step]), Tensors = new([.. plan.Tensors, condition]) };
        string text = PlanWriter.Write(plan);

        if (isRead)
        {
            Assert.Equal(plan, PlanReader.Read(text));
        }
        else
        {
            var error = Assert.Throws<FormatException>(() => PlanReader.Read(text));
            Assert.Contains("is not nested too deeply", error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>What decides whether and how often steps run: one truth value, one whole number.</summary>
    [Theory]
    [InlineData("tensor 3 bool []", "tensor 3 bool [2]", "condition")]
    [InlineData("tensor 3 bool []", "tensor 3 s64 []", "condition")]
    [InlineData("tensor 4 s64 []", "tensor 4 s64 [3]", "index")]
    [InlineData("tensor 4 s64 []", "tensor 4 bool []", "index")]
    [InlineData("constant 2 s64 1", "constant 2 s64 2", "trips")]
    [InlineData("constant 2 s64 1", "constant 2 s32 1", "trips")]
    [InlineData("  index t4", "  index c2", "index")]
    [InlineData("  trips c2", "  trips true", "trips")]
    [InlineData("  condition t3", "  condition 1", "condition")]
    public void Read_ControlByAnotherOperand_IsRefusedByItsName(string original, string damaged, string name)
    {
        string text = TestPlans.Text("Decoder");
        Assert.Contains(original, text, StringComparison.Ordinal);

        var error = Assert.Throws<FormatException>(() => PlanReader.Read(text.Replace(original, damaged, StringComparison.Ordinal)));

        Assert.Contains($"expected {name} of one element", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Working memory may lie in a region that a step has bound, among tensors of that size.</summary>
    [Fact]
    public void Read_ScratchInARegion_IsEqual()
    {
        ExecutionPlan plan = PlanReader.Read(TestPlans.Text("Decoder"));
        PlanStep last = plan.Steps[plan.Steps.Count - 1];
        var scratch = new PlanNamedArgument("scratch", new ScratchArgument(64, Dimension.Symbol("result_tokens_dim0") * 4) { Region = 2 });
        plan = plan with
        {
            Steps = new([.. plan.Steps.Take(plan.Steps.Count - 1), last with
            {
                Call = last.Call with { Arguments = new([.. last.Call.Arguments, scratch]) },
            }]),
        };

        Assert.Equal(plan, PlanReader.Read(PlanWriter.Write(plan)));
    }

    [Fact]
    public void Read_AnyString_IsTheSameString()
    {
        string name = "quote \" backslash \\ \n\r\t\0 \u2028 \ufeff 3×3 → 😀 lone \ud800 end";
        ExecutionPlan plan = TestPlans.WithArguments([]) with { Source = new PlanSource(name, "00", 1, name) };

        string text = PlanWriter.Write(plan);

        Assert.Equal(plan, PlanReader.Read(text));
        Assert.DoesNotContain('\r', text);
        Assert.DoesNotContain('\ud800', text.Replace("😀", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_EveryBeginning_Throws()
    {
        string text = TestPlans.Text("Encoder");
        for (int length = 0; length < text.Length; length++)
        {
            Assert.Throws<FormatException>(() => PlanReader.Read(text[..length]));
        }
    }

    [Fact]
    public void Read_MutatedText_GivesAPlanOrFormatException()
    {
        string[] texts = [.. TestPlans.Names.Select(TestPlans.Text)];
        const string pieces = "0123456789tc()[]{},=+-*/\"\\ \n.einf_ux\u0661é\0";
        var random = new Random(7);
        int read = 0;
        for (int round = 0; round < 5_000; round++)
        {
            string text = texts[round % texts.Length];
            for (int edit = random.Next(1, 4); edit > 0; edit--)
            {
                int at = random.Next(text.Length);
                int count = Math.Min(random.Next(4) * random.Next(4), text.Length - at);
                text = random.Next(3) switch
                {
                    0 => text.Remove(at, count),
                    1 => text.Insert(at, pieces[random.Next(pieces.Length)].ToString()),
                    _ => text.Insert(at, text.Substring(random.Next(text.Length - count), count)),
                };
            }

            try
            {
                ExecutionPlan plan = PlanReader.Read(text);
                Assert.Equal(plan, PlanReader.Read(PlanWriter.Write(plan)));
                read++;
            }
            catch (FormatException)
            {
            }
        }

        Assert.InRange(read, 1, 4_999);
    }

    /// <summary>Nothing stands behind what a line has to say.</summary>
    [Theory]
    [MemberData(nameof(Plans))]
    public void Read_WordBehindAnyLine_IsRefused(string name)
    {
        string[] lines = TestPlans.Text(name).Split('\n');
        Assert.All(Enumerable.Range(0, lines.Length - 1), i => Assert.Throws<FormatException>(
            () => PlanReader.Read(string.Join('\n', [.. lines[..i], lines[i] + " t0", .. lines[(i + 1)..]]))));
    }

    /// <summary>Every number of a plan says something: another one makes another plan, or is refused with its line.</summary>
    [Fact]
    public void Read_AnotherNumberAnywhere_GivesAnotherPlanOrFormatException()
    {
        int read = 0;
        foreach (string text in TestPlans.Names.Select(TestPlans.Text))
        {
            ExecutionPlan plan = PlanReader.Read(text);
            foreach (Match number in Regex.Matches(text, @"(?<![\w.])\d+(?![\w.])|(?<=[tc])\d+(?!\w)", RegexOptions.CultureInvariant))
            {
                long value = long.Parse(number.Value, CultureInfo.InvariantCulture);
                foreach (string other in (string[])["-1", $"{value + 1}", "2147483648"])
                {
                    string changed = text[..number.Index] + other + text[(number.Index + number.Length)..];
                    try
                    {
                        ExecutionPlan another = PlanReader.Read(changed);
                        Assert.True(plan != another, $"'{other}' at {number.Index} of the plan of {plan.Class.Name} changes nothing");
                        Assert.Equal(another, PlanReader.Read(PlanWriter.Write(another)));
                        read++;
                    }
                    catch (FormatException error)
                    {
                        Assert.Contains("ine ", error.Message, StringComparison.Ordinal);
                    }
                }
            }
        }

        Assert.InRange(read, 100, int.MaxValue);
    }

    [Theory]
    [InlineData(PlanType.S32, 16)]
    [InlineData(PlanType.F32, 8)]
    internal void Read_ViewOfAPortWithOtherTypeOrLength_IsRefused(PlanType type, int columns)
    {
        ExecutionPlan chain = TestPlans.Chain(2);
        PlanTensor view = chain.Tensors[0] with { Name = "view", Type = type, Shape = new([Dimension.Symbol("batch"), columns]) };
        string text = PlanWriter.Write(chain with { Tensors = new([.. chain.Tensors, view]) });

        var error = Assert.Throws<FormatException>(() => PlanReader.Read(text));

        int line = Array.FindIndex(text.Split('\n'), l => l.StartsWith("tensor 3 ", StringComparison.Ordinal)) + 1;
        Assert.StartsWith($"Line {line} of the plan: tensor 3 differs in type or length", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Memory of a size that a step finds out is there behind that step, and in no port.</summary>
    [Theory]
    [InlineData("tensor 1 s64 [result_tokens_dim0] arena+1", "arena+1", "arena+2", "a step that uses regions of earlier steps only")]
    [InlineData("tensor 9 f32 [4] arena 192", "arena 192", "arena+1 0", "a step that uses regions of earlier steps only", 9)]
    public void Read_StepBeforeWhatItsMemoryIsBoundBy_IsRefused(
        string tensor, string place, string damaged, string message, int useInFirstStep = -1)
    {
        string text = TestPlans.Text("Decoder");
        Assert.Contains(tensor, text, StringComparison.Ordinal);
        text = text.Replace(tensor, tensor.Replace(place, damaged, StringComparison.Ordinal), StringComparison.Ordinal);
        if (useInFirstStep >= 0)
        {
            int first = text.IndexOf("  output t", StringComparison.Ordinal);
            text = text[..first] + $"  output t{useInFirstStep}" + text[text.IndexOf('\n', first)..];
        }

        var error = Assert.Throws<FormatException>(() => PlanReader.Read(text));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    /// <summary>What a step binds has an element for it, and a loop has something that ends it.</summary>
    [Theory]
    [InlineData("bind t0 result_tokens_dim0@0 arena", "bind t0 result_tokens_dim0@1 arena", "expected the index of an element")]
    [InlineData("bind t0 result_tokens_dim0@0 arena", "bind t0 result_tokens_dim0@-1 arena", "expected the index of an element")]
    [InlineData("  trips c2\n  condition t3\n", "", "expected an index, and trips or a condition")]
    [InlineData("  index t4\n  trips c2\n", "  trips c2\n", "expected an index, and trips or a condition")]
    public void Read_BindingOrLoopThatIsNotWhole_IsRefused(string original, string damaged, string message)
    {
        string text = TestPlans.Text("Decoder");
        Assert.Contains(original, text, StringComparison.Ordinal);

        var error = Assert.Throws<FormatException>(() => PlanReader.Read(text.Replace(original, damaged, StringComparison.Ordinal)));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("modelbuild-plan 6", "modelbuild-plan 7", "Line 1 of the plan: this is version '7'")]
    [InlineData("class public", "class protected", "Line 2 of the plan: expected 'public' or 'internal'")]
    [InlineData("Models LeNet", "Models 3Net", "Line 2 of the plan: expected an identifier")]
    [InlineData("arena batch*27072", "arena rows*27072", "'rows' is not a symbol of this plan")]
    [InlineData("symbol batch\n", "symbol batch\nsymbol other\n", "Line 8 of the plan: no input has symbol 'other' as a dimension")]
    [InlineData("f32 [batch,1,28,28] input", "f32 [1,batch,28,28] input", "Line 9 of the plan: 'input' cannot be cut along 'batch'")]
    [InlineData("f32 [batch,1,28,28] input", "f32 [batch,batch,28,28] input", "Line 9 of the plan: 'input' cannot be cut along 'batch'")]
    [InlineData("f32 [batch,1,28,28] input", "f32 [batch*batch,1,28,28] input", "Line 9 of the plan: 'input' cannot be cut along 'batch'")]
    [InlineData("f32 [batch,10] output", "f32 [10] output", "Line 9 of the plan: 'probs' cannot be cut along 'batch'")]
    [InlineData("f32 [batch,10] output", "f32 [] output", "Line 9 of the plan: 'probs' cannot be cut along 'batch'")]
    [InlineData("f32 [batch,10] output", "f32 [batch*batch,10] output", "Line 9 of the plan: 'probs' cannot be cut along 'batch'")]
    [InlineData("f32 [batch,10] output", "f32 [batch,batch] output", "Line 9 of the plan: 'probs' cannot be cut along 'batch'")]
    [InlineData("symbol batch\n", "symbol batch\nrange rows 1 2\n", "expected a symbol that has no range yet")]
    [InlineData("symbol batch\n", "symbol batch\nrange batch 1 2\nrange batch 1 2\n", "expected a symbol that has no range yet")]
    [InlineData("symbol batch\n", "symbol batch\nrange batch 3 2\n", "expected a range of sizes")]
    [InlineData("symbol batch\n", "symbol batch\nrange batch 3-2\n", "expected a whole number")]
    [InlineData("  input t0", "  input t99", "expected one of 12, not 't99'")]
    [InlineData("constant 1", "constant 7", "expected the next number")]
    [InlineData(" format=gemm.s8/1", " format=gemm.s8", "expected a layout and its version")]
    [InlineData(" format=gemm.s8/1", " format=gemm.s8/", "expected a layout and its version")]
    [InlineData(" format=gemm.s8/1", " format=Gemm/1", "expected a layout and its version")]
    [InlineData(" format=gemm.s8/1", "", "expected ' format='")]
    [InlineData("arena batch*27072", "arena batch*99999999999999999999", "is not a dimension")]
    [InlineData("output t11 probs", "output t11 input", "expected an identifier that no other port has")]
    [InlineData("output t11 probs \"probs\"\n", "", "expected an output")]
    [InlineData("output t11 probs", "output t4 probs", "expected a tensor that is output 0")]
    [InlineData("\nend\n", "\nend\nmore\n", "expected the end of the file")]
    [InlineData("\nend\n", "\n", "expected 'end'")]
    [InlineData("call Softmax.UInt8", "call Softmax..UInt8", "expected a type, or a type and a method")]
    [InlineData("zeroPoint 0\n  output t1", "zeroPoint 0\n  out-put t1", "expected ' '")]
    public void Read_DamagedPlan_SaysWhatAndWhere(string original, string damaged, string message)
    {
        string text = TestPlans.Text("LeNet");
        Assert.Contains(original, text, StringComparison.Ordinal);

        var error = Assert.Throws<FormatException>(() => PlanReader.Read(text.Replace(original, damaged, StringComparison.Ordinal)));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  index t4\n  trips c2\n", "  index t4\n  index t4\n  trips c2\n", "an index, and trips or a condition")]
    [InlineData("result_rows*64 kept\n  call", "result_rows*64\n  call", "what the region has been bound to before")]
    [InlineData("  bind t2 result_rows@0 arena+2", "  bind t2 result_rows@0 arena+3", "expected the next region")]
    [InlineData("t25 result_rows@0 arena+2 bytes=result_rows*64", "t25 result_rows@0 arena+2 bytes=result_rows*9", "been bound to before")]
    [InlineData("t29 result_tokens_dim0@0 arena+1", "t29 result_rows@0 arena+1", "what the region has been bound to before")]
    [InlineData("tensor 0 s64 [1] arena 0", "tensor 0 s64 [1] input 0", "expected an s64 tensor that steps write")]
    [InlineData("tensor 0 s64 [1] arena 0", "tensor 0 s32 [1] arena 0", "expected an s64 tensor that steps write")]
    [InlineData("arena+1 bytes", "arena+0 bytes", "expected the number of a region")]
    [InlineData("arena+1 bytes", "arena+-1 bytes", "expected the number of a region")]
    [InlineData("  call loop\n", "  bind t2 length@0 arena+3 bytes=0\n  call loop\n", "expected a step that binds nothing")]
    public void Read_DamagedLoop_SaysWhatIsExpected(string original, string damaged, string message)
    {
        string text = TestPlans.Text("Decoder");
        int start = text.IndexOf(original, StringComparison.Ordinal);
        Assert.True(start >= 0);

        var error = Assert.Throws<FormatException>(() => PlanReader.Read(text[..start] + damaged + text[(start + original.Length)..]));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
